package dev.gabor.nn.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArenaTest {
  // Values of 4-byte elements; the CPU reference aligns to 64 bytes, 16 elements.
  private static final Step NOTHING = () -> {};

  private final Backend backend = new ReferenceBackend();

  @Test
  void valuesLivingAtTheSameTimeNeverOverlap() {
    for (int seed = 0; seed < 300; seed++) {
      Recording recording = random(new Philox(seed, 0));
      for (long limit : new long[] {Long.MAX_VALUE, 1024}) {
        Arena arena = new Arena(recording, backend, limit);
        new Simulation(arena, limit).run(recording, seed);
        assertThat(arena.sizeBytes()).isLessThanOrEqualTo(arena.unsharedBytes());
      }
    }
  }

  @Test
  void chainTakesTwoLargestNeighbours() {
    Recording recording = new Recording();
    Value x = recording.input("x", Shape.of(16), Layout.PLAIN);
    Value a = value(recording, "a", 160);
    Value b = value(recording, "b", 320);
    Value c = value(recording, "c", 16);
    Value d = value(recording, "d", 160);
    add(recording, false, List.of(x), a);
    add(recording, false, List.of(a), b);
    add(recording, false, List.of(b), c);
    add(recording, false, List.of(c), d);
    recording.output(d);
    Arena arena = new Arena(recording, backend);
    assertThat(arena.sizeBytes()).isEqualTo(4 * (160 + 320));
    assertThat(arena.unsharedBytes()).isEqualTo(4 * (16 + 160 + 320 + 16 + 160));
  }

  @Test
  void operationInPlaceSharesBytesUnlessItsInputIsReadLater() {
    Recording recording = new Recording();
    Value x = recording.input("x", Shape.of(160), Layout.PLAIN);
    Value a = value(recording, "a", 160);
    Value b = value(recording, "b", 160);
    Value c = value(recording, "c", 160);
    add(recording, true, List.of(x), a);
    add(recording, true, List.of(a), b);
    add(recording, true, List.of(b, a), c);
    recording.output(c);
    Arena arena = new Arena(recording, backend);
    assertThat(arena.placeOf(a)).isEqualTo(arena.placeOf(x));
    assertThat(arena.placeOf(b)).isNotEqualTo(arena.placeOf(a));
    assertThat(arena.placeOf(c)).isEqualTo(arena.placeOf(b));
    assertThat(arena.sizeBytes()).isEqualTo(4 * 320);
  }

  @Test
  void inPlaceNeedsOneShapeAndOneLayoutAndSparesOutputs() {
    Recording recording = new Recording();
    Value x = recording.input("x", Shape.of(1, 2, 3, 4), Layout.IMAGE);
    Value a = recording.value("a", Shape.of(1, 2, 3, 4), Layout.PLAIN);
    Value b = recording.value("b", Shape.of(24), Layout.PLAIN);
    Value c = recording.value("c", Shape.of(24), Layout.PLAIN);
    add(recording, true, List.of(x), a);
    add(recording, true, List.of(a), b);
    recording.output(b);
    add(recording, true, List.of(b), c);
    Arena arena = new Arena(recording, backend);
    assertThat(arena.placeOf(a)).isNotEqualTo(arena.placeOf(x));
    assertThat(arena.placeOf(b)).isNotEqualTo(arena.placeOf(a));
    assertThat(arena.placeOf(c)).isNotEqualTo(arena.placeOf(b));
  }

  @Test
  void piecesStayWithinTheLargestAllocation() {
    Recording recording = new Recording();
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      values.add(recording.input("x" + i, Shape.of(100), Layout.PLAIN));
    }
    add(recording, false, values, value(recording, "y", 100));
    // 100 floats are aligned to 448 bytes: two fit into a piece of 1000.
    Arena arena = new Arena(recording, backend, 1000);
    assertThat(arena.pieceBytes()).containsExactly(896L, 896L, 896L);
  }

  @Test
  void refusesValueLargerThanOneAllocation() {
    Recording recording = new Recording();
    add(recording, false, List.of(), value(recording, "conv1", 100));
    assertThatThrownBy(() -> new Arena(recording, backend, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("conv1(100) needs 448 bytes, the device allocates at most 256 in one piece");
  }

  @Test
  void refusesToReadWhatNobodyWrote() {
    Recording recording = new Recording();
    Value lost = value(recording, "lost", 3);
    add(recording, false, List.of(lost), value(recording, "y", 3));
    assertThatThrownBy(() -> new Arena(recording, backend))
        .hasMessage("layer, operation reads lost(3) unwritten");
  }

  private static Value value(Recording recording, String label, int elements) {
    return recording.value(label, Shape.of(elements), Layout.PLAIN);
  }

  private static void add(
      Recording recording, boolean inPlace, List<Value> reads, Value... writes) {
    recording.add(
        new Operation("layer", "operation", reads, List.of(writes), inPlace, slots -> NOTHING));
  }

  /** Operations that read up to three earlier values, some in place, some with a workspace. */
  private static Recording random(Philox random) {
    Recording recording = new Recording();
    List<Value> known = new ArrayList<>();
    known.add(recording.input("x", Shape.of(1 + random.nextInt(200)), Layout.PLAIN));
    known.add(recording.input("labels", Shape.of(1 + random.nextInt(200)), Layout.PLAIN));
    int operations = 1 + random.nextInt(40);
    for (int i = 0; i < operations; i++) {
      List<Value> reads = new ArrayList<>();
      for (int read = random.nextInt(3); read >= 0; read--) {
        int recent = Math.min(known.size(), 1 + random.nextInt(8));
        reads.add(known.get(known.size() - 1 - random.nextInt(recent)));
      }
      boolean inPlace = random.nextInt(2) == 0;
      Shape shape = inPlace ? reads.get(0).shape() : Shape.of(1 + random.nextInt(200));
      Value y = recording.value("v" + i, shape, Layout.PLAIN);
      if (random.nextInt(3) == 0) {
        add(recording, inPlace, reads, y, value(recording, "w" + i, 1 + random.nextInt(100)));
      } else {
        add(recording, inPlace, reads, y);
      }
      if (random.nextInt(6) == 0) {
        // A second part of y, as a concatenation writes it.
        add(recording, false, List.of(reads.get(0)), y);
      }
      known.add(y);
    }
    recording.output(known.get(known.size() - 1));
    recording.output(known.get(random.nextInt(known.size())));
    return recording;
  }

  /** Which value each stretch of 64 bytes holds while the operations run. */
  private final class Simulation {
    private final Arena arena;
    private final long limit;
    private final Map<List<Long>, Value> owners = new HashMap<>();
    private final Set<Value> written = new HashSet<>();

    Simulation(Arena arena, long limit) {
      this.arena = arena;
      this.limit = limit;
    }

    void run(Recording recording, int seed) {
      recording.inputs().forEach(this::write);
      recording.inputs().forEach(input -> assertHolds(input, "seed " + seed));
      for (Operation operation : recording.operations()) {
        String where = "seed " + seed + ": " + operation;
        operation.reads().forEach(read -> assertHolds(read, where));
        operation.writes().stream()
            .filter(written::contains)
            .forEach(again -> assertHolds(again, where));
        operation.writes().forEach(this::write);
        operation.writes().forEach(value -> assertHolds(value, where));
        for (int i = operation.inPlace() ? 1 : 0; i < operation.reads().size(); i++) {
          if (!operation.reads().get(i).equals(operation.reads().get(0)) || !operation.inPlace()) {
            assertHolds(operation.reads().get(i), where);
          }
        }
      }
      recording.outputs().forEach(output -> assertHolds(output, "seed " + seed + ": the end"));
    }

    private void write(Value value) {
      stretches(value).forEach(stretch -> owners.put(stretch, value));
      written.add(value);
    }

    private void assertHolds(Value value, String where) {
      for (List<Long> stretch : stretches(value)) {
        assertThat(owners.get(stretch)).as("%s, %s", where, value).isEqualTo(value);
      }
    }

    private List<List<Long>> stretches(Value value) {
      Arena.Place place = arena.placeOf(value);
      long sizeBytes = backend.sizeBytes(value.shape(), value.layout());
      assertThat(place.offsetBytes() % backend.alignmentBytes()).isZero();
      assertThat(place.offsetBytes() + sizeBytes).isLessThanOrEqualTo(limit);
      List<List<Long>> stretches = new ArrayList<>();
      for (long at = 0; at < sizeBytes; at += 64) {
        stretches.add(List.of((long) place.piece(), place.offsetBytes() + at));
      }
      return stretches;
    }
  }
}
