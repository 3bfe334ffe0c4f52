package dev.gabor.backend.tuning;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceClass;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.tuning.Found.Timed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A process that keeps results of its own, beginning when its parent says so. */
final class KeepingProcess {
  static final int PROBLEMS = 40;
  static final TuningKey KEY = new TuningKey(DeviceClass.OTHER, "a device", "kernels");

  private KeepingProcess() {}

  /** The problems of a process have its number for batch. */
  static ConvolutionProblem problem(int process, int index) {
    return new ConvolutionProblem(
        Convolution.of(process, 1, 8, 8, index + 1, 3, 3, 1, 1, 1, 1), Pass.FORWARD);
  }

  /** Arguments: folder and number. Says "." when it is ready, and begins when it reads a byte. */
  public static void main(String[] args) throws IOException {
    TuningStore store = new TuningStore(Optional.of(Path.of(args[0])));
    int process = Integer.parseInt(args[1]);
    System.out.print('.');
    System.out.flush();
    if (System.in.read() < 0) {
      throw new IOException("the parent has gone");
    }
    for (int i = 0; i < PROBLEMS; i++) {
      Timed timed = new Timed("tiled:" + process, i + 1);
      store.keep(KEY, problem(process, i), new Found(List.of(timed), true));
    }
  }
}
