package dev.gabor.optim;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Segments;
import dev.gabor.backend.Step;
import dev.gabor.backend.UpdateRule;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.ParameterStore.Stretch;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import java.util.ArrayList;
import java.util.List;

/** The ratios of LARS in a recording: the tables of a stretch, and what is computed from them. */
final class TrustRatios {
  private final Backend backend;
  private final Stretch stretch;
  private final Value numbers;
  private final Value pieces;
  private final Value ranges;
  private final Value sums;
  private final Value ratios;

  TrustRatios(Recording recording, ParameterStore parameters, Stretch stretch) {
    this.backend = parameters.backend();
    this.stretch = stretch;
    Segments segments =
        new Segments(
            stretch.parameters().stream()
                .map(p -> Math.toIntExact(parameters.spanBytes(p) / Float.BYTES / Segments.RUN))
                .toList());
    numbers =
        recording.derived("segments", segments.numbersShape(), Layout.PLAIN, segments::numbers);
    pieces =
        recording.derived("segment pieces", segments.piecesShape(), Layout.PLAIN, segments::pieces);
    ranges =
        recording.derived("segment ranges", segments.rangesShape(), Layout.PLAIN, segments::ranges);
    sums = recording.value("segment sums", segments.piecesShape(), Layout.PLAIN);
    ratios = recording.value("trust ratios", segments.ratiosShape(), Layout.PLAIN);
  }

  Value numbers() {
    return numbers;
  }

  Value ratios() {
    return ratios;
  }

  /** What an update reads besides. */
  List<Value> results() {
    return List.of(numbers, ratios);
  }

  /** What the ratios are computed from: what the update reads, and the tables. */
  List<Value> read(List<Value> update) {
    List<Value> all = new ArrayList<>(update);
    all.addAll(List.of(pieces, ranges));
    return all;
  }

  List<Value> written() {
    return List.of(sums, ratios);
  }

  Step bind(UpdateRule rule, DeviceTensor gradient, DeviceTensor scale, Slots slots) {
    return backend
        .optimizer()
        .trustRatios(
            rule,
            gradient,
            scale,
            stretch.values(),
            slots.of(pieces),
            slots.of(ranges),
            slots.of(sums),
            slots.of(ratios));
  }
}
