package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Plateau;
import java.nio.file.Path;

/** A run in a process of its own that writes a dot a step, so that it can be killed. */
final class KilledRun {
  static final int EPOCHS = 24;
  static final String MODEL = "model.safetensors";

  private KilledRun() {}

  /**
   * Runs or goes on in a folder.
   *
   * @param args the folder
   */
  public static void main(String[] args) {
    try (Backend backend = new ReferenceBackend()) {
      TrainingListener dots =
          new TrainingListener() {
            @Override
            public void batchEnded(int epoch, int step, int stepsPerEpoch) {
              System.out.print('.');
              System.out.flush();
            }
          };
      run(trainer(backend).listener(dots), Path.of(args[0]));
    }
  }

  static Dataset data() {
    return StrokeDigits.train(1, 70);
  }

  /** Everything that has a state: masks, statistics, moments, sums, an average, a schedule. */
  static Trainer trainer(Backend backend) {
    return Trainer.of(SmallNetworks.digits())
        .on(backend)
        .optimizer(Optimizer.adam(2e-3).weightDecay(1e-3).clipNorm(5))
        .schedule(new Plateau(2e-3, 0.5, 1, 1e-2, 1, 1e-5).warmedUp(0.1))
        .batch(8)
        .accumulate(3)
        .averageWeights(0.8)
        .epochs(EPOCHS)
        .validation(StrokeDigits.test(1, 20));
  }

  static TrainingResult run(Trainer trainer, Path folder) {
    TrainingResult result =
        trainer.checkpoints(Checkpoints.in(folder).everySteps(2).resuming()).fit(data());
    result.model().save(folder.resolve(MODEL));
    return result;
  }
}
