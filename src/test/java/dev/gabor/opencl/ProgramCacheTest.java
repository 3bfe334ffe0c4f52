package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.opencl.ProgramCache.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs on disk: found, damaged, failed, not writable. */
class ProgramCacheTest {
  private static final ProgramSource SOURCE = ProgramSource.of("test_scale");

  @TempDir private Path folder;

  /** Contexts then all compile the same text: with the halves of a device, the first would not. */
  @BeforeAll
  static void takeHalves() {
    OpenCl.takeHalves(Pocl.device());
  }

  @AfterAll
  static void giveHalvesBack() {
    OpenCl.giveHalvesBack(Pocl.device());
  }

  @Test
  void findsWhatItStored() throws IOException {
    String key = ProgramCache.key(SOURCE, Pocl.device());
    assertThat(cache().find(key)).isEmpty();
    cache().store(key, new Entry.Binary(new byte[] {1, 2, 3}));
    Entry.Binary found = (Entry.Binary) cache().find(key).orElseThrow();
    assertThat(found.bytes()).containsExactly(1, 2, 3);
    cache().store(key, new Entry.Failure("line 1: ö"));
    assertThat(cache().find(key)).contains(new Entry.Failure("line 1: ö"));
    assertThat(files()).containsExactly(key + ".clprogram");
  }

  @Test
  void givesEveryDifferenceItsOwnKey() {
    Device device = Pocl.device();
    String key = ProgramCache.key(SOURCE, device);
    assertThat(ProgramCache.key(ProgramSource.of("test_scale"), device)).isEqualTo(key);
    assertThat(key).matches("[0-9a-f]{64}");
    assertThat(ProgramCache.key(ProgramSource.of("test_scale", "-DA"), device)).isNotEqualTo(key);
    assertThat(ProgramCache.key(ProgramSource.of("self_test"), device)).isNotEqualTo(key);
    // Only the boundary between text and options differs.
    assertThat(ProgramCache.key(ProgramSource.ofText("t", "a -cl-std=CL1.2"), device))
        .isNotEqualTo(ProgramCache.key(ProgramSource.ofText("t", "a"), device));
  }

  @Test
  void refusesEveryDamagedEntry() throws IOException {
    String key = ProgramCache.key(SOURCE, Pocl.device());
    cache().store(key, new Entry.Binary(new byte[] {1, 2, 3, 4, 5}));
    Path file = folder.resolve(key + ".clprogram");
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 0x40;
      Files.write(file, damaged);
      assertThat(cache().find(key)).as("byte %d changed", i).isEmpty();
    }
    for (int length = 0; length < good.length; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThat(cache().find(key)).as("cut to %d bytes", length).isEmpty();
    }
    Files.write(file, Arrays.copyOf(good, good.length + 1));
    assertThat(cache().find(key)).as("one byte too long").isEmpty();
    Files.write(file, good);
    assertThat(cache().find(key)).isPresent();
  }

  @Test
  void anotherContextLoadsTheBinaryInsteadOfCompiling() throws IOException {
    assertThat(shifted()).isEqualTo(3);
    String key = ProgramCache.key(SOURCE, Pocl.device());
    assertThat(files()).containsExactly(key + ".clprogram");
    Path file = folder.resolve(key + ".clprogram");
    byte[] first = Files.readAllBytes(file);
    assertThat(shifted()).isEqualTo(3);

    // A working binary of other code under this key proves that the cache is what runs.
    String other = "kernel void shift(global int* y, const long step) { y[0] = 99; }";
    ProgramSource otherSource = ProgramSource.ofText("other", other);
    try (Context context = open()) {
      context.build(otherSource);
    }
    Entry binary = cache().find(ProgramCache.key(otherSource, Pocl.device())).orElseThrow();
    cache().store(key, binary);
    assertThat(shifted()).isEqualTo(99);

    Files.write(file, "rubbish".getBytes(StandardCharsets.UTF_8));
    assertThat(shifted()).isEqualTo(3);
    assertThat(Files.size(file)).isEqualTo(first.length);
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void rebuildsABinaryThatTheDriverRefuses() {
    String key = ProgramCache.key(SOURCE, Pocl.device());
    cache().store(key, new Entry.Binary(new byte[] {9, 9, 9, 9}));
    assertThat(shifted()).isEqualTo(3);
    Entry.Binary binary = (Entry.Binary) cache().find(key).orElseThrow();
    assertThat(binary.bytes().length).isGreaterThan(4);
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void remembersAFailedBuild() throws IOException {
    ProgramSource broken = ProgramSource.of("test_broken");
    try (Context context = open()) {
      assertThatThrownBy(() -> context.build(broken)).hasMessageContaining("undeclared_name");
      String key = ProgramCache.key(broken, Pocl.device());
      assertThat(cache().find(key).orElseThrow()).isInstanceOf(Entry.Failure.class);
      // A log that no compiler wrote proves that none was asked again.
      cache().store(key, new Entry.Failure("remembered log"));
      assertThatThrownBy(() -> context.build(broken))
          .isInstanceOf(OpenClException.class)
          .hasMessageContaining("CL_BUILD_PROGRAM_FAILURE")
          .hasMessageEndingWith("remembered log");
    }
  }

  @Test
  void keyNamesDeviceDriverAndPlatform() {
    Device device = Pocl.device();
    assertThat(device.fingerprint())
        .contains(
            device.platformName(),
            device.platformVersion(),
            device.name(),
            device.version(),
            device.driverVersion());
    for (Device other : OpenCl.devices()) {
      if (!other.fingerprint().equals(device.fingerprint())) {
        assertThat(ProgramCache.key(SOURCE, other)).isNotEqualTo(ProgramCache.key(SOURCE, device));
      }
    }
  }

  @Test
  void asksForNoBinaryThatItWouldNotKeep() throws IOException, InterruptedException {
    // PoCL compiles every kernel once more to make one, into a folder for groups of any size.
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            BuildingProcess.class.getName());
    builder.environment().put("POCL_CACHE_DIR", folder.toString());
    builder.inheritIO();
    assertThat(builder.start().waitFor()).isZero();
    try (Stream<Path> all = Files.walk(folder)) {
      List<String> names = all.map(path -> path.getFileName().toString()).toList();
      assertThat(names).contains("program.bc").doesNotContain("0-0-0");
    }
  }

  @Test
  void manyMayWriteAndReadTheSameEntry() throws IOException, InterruptedException {
    String key = "ab".repeat(32);
    int rounds = 200;
    // Two caches on one folder, as two processes have them; each entry tells by one byte who wrote.
    List<Callable<Integer>> work = new ArrayList<>();
    for (int writer = 1; writer <= 2; writer++) {
      ProgramCache own = cache();
      byte mark = (byte) writer;
      work.add(
          () -> {
            for (int round = 0; round < rounds; round++) {
              byte[] bytes = new byte[1 + round * 331 % 60_000];
              Arrays.fill(bytes, mark);
              own.store(key, new Entry.Binary(bytes));
            }
            return 0;
          });
    }
    cache().store(key, new Entry.Binary(new byte[] {1}));
    for (int reader = 0; reader < 2; reader++) {
      ProgramCache own = cache();
      work.add(
          () -> {
            int whole = 0;
            for (int round = 0; round < rounds; round++) {
              byte[] bytes = ((Entry.Binary) own.find(key).orElseThrow()).bytes();
              byte mark = bytes[0];
              whole += IntStream.range(0, bytes.length).allMatch(i -> bytes[i] == mark) ? 1 : 0;
            }
            return whole;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(work.size());
    try {
      List<Future<Integer>> counts = threads.invokeAll(work);
      for (Future<Integer> reader : counts.subList(2, 4)) {
        assertThat(reader).succeedsWithin(Duration.ofMinutes(1)).isEqualTo(rounds);
      }
      for (Future<Integer> writer : counts.subList(0, 2)) {
        assertThat(writer).succeedsWithin(Duration.ofMinutes(1));
      }
    } finally {
      threads.shutdown();
    }
    assertThat(files()).containsExactly(key + ".clprogram");
  }

  @Test
  void contextsOnOneFolderBuildSideBySide() throws IOException {
    List<ProgramSource> sources =
        IntStream.range(0, 3).mapToObj(i -> ProgramSource.of("test_scale", "-DC=" + i)).toList();
    try (Context one = open();
        Context other = open()) {
      for (ProgramSource source : sources) {
        one.buildSoon(source);
        other.buildSoon(source);
      }
      for (ProgramSource source : sources) {
        assertThat(one.build(source).kernel("shift").name()).isEqualTo("shift");
        assertThat(other.build(source).kernel("shift").name()).isEqualTo("shift");
      }
    }
    for (ProgramSource source : sources) {
      assertThat(cache().find(ProgramCache.key(source, Pocl.device()))).isPresent();
    }
    assertThat(files()).hasSize(sources.size());
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void worksWhereNothingCanBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("a file"), "");
    ProgramCache blocked = new ProgramCache(Optional.of(file.resolve("programs")));
    try (Context context = Context.open(Pocl.device(), false, blocked)) {
      assertThat(context.build(SOURCE).kernel("shift").name()).isEqualTo("shift");
    }
    assertThat(Files.size(file)).isZero();
    ProgramCache off = new ProgramCache(Optional.empty());
    off.store("00", new Entry.Failure("log"));
    assertThat(off.find("00")).isEmpty();
  }

  @Test
  void followsTheHabitsOfEachSystem() {
    Path home = Path.of("/home/me");
    Map<String, String> none = Map.of();
    assertThat(CacheFolder.resolve("", "Linux", none, home))
        .contains(Path.of("/home/me/.cache/gabor"));
    assertThat(CacheFolder.resolve("", "Linux", Map.of("XDG_CACHE_HOME", "/x"), home))
        .contains(Path.of("/x/gabor"));
    assertThat(CacheFolder.resolve("", "Mac OS X", none, home))
        .contains(Path.of("/home/me/Library/Caches/gabor"));
    assertThat(CacheFolder.resolve("", "Windows 11", Map.of("LOCALAPPDATA", "/l"), home))
        .contains(Path.of("/l/gabor"));
    assertThat(CacheFolder.resolve("/mine", "Linux", none, home)).contains(Path.of("/mine"));
    assertThat(CacheFolder.resolve("OFF", "Linux", none, home)).isEmpty();
  }

  private ProgramCache cache() {
    return new ProgramCache(Optional.of(folder));
  }

  private Context open() {
    return Context.open(Pocl.device(), false, cache());
  }

  /** What kernel "shift" makes of 1 with step 2, in a context of its own. */
  private int shifted() {
    try (Context context = open()) {
      Buffer buffer = context.allocate(4);
      buffer.fill(1, 0, 4);
      Kernel kernel = context.build(SOURCE).kernel("shift");
      kernel.args().buffer(buffer).longInteger(2).done();
      context.queue().launch(kernel, new long[] {1}, new long[] {1});
      int[] value = new int[1];
      buffer.read(value, 0, 1, 0);
      return value[0];
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).toList();
    }
  }
}
