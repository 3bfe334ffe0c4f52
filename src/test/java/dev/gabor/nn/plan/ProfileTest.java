package dev.gabor.nn.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.ParameterStore;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProfileTest {
  private static final Network NETWORK =
      Network.input(3, 8, 8).conv2d(16, 3).relu().maxPool(2).flatten().dense(5).build();

  private static Profile profiled(Backend backend, int runs) {
    Recording recording = new Recording();
    Profile profile = new Profile();
    try (ParameterStore parameters = new ParameterStore(NETWORK, backend, false)) {
      parameters.initialize(1);
      Compiler.inference(recording, parameters, 2);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        for (int i = 0; i < runs; i++) {
          plan.run(profile);
        }
      }
    }
    return profile;
  }

  private static void holds(Profile profile) {
    assertThat(profile.runs()).isEqualTo(3);
    Set<String> operations =
        profile.byOperation().stream().map(Profile.Total::name).collect(Collectors.toSet());
    assertThat(operations).contains("convolution forward", "pool forward");
    assertThat(profile.spans()).allMatch(span -> span.nanos() >= 0);
    List<Profile.Span> spans = profile.spans();
    for (int i = 1; i < spans.size(); i++) {
      assertThat(spans.get(i).startNanos()).isGreaterThanOrEqualTo(spans.get(i - 1).endNanos());
    }
    long all = profile.nanos();
    assertThat(profile.byLayer().stream().mapToLong(Profile.Total::nanos).sum()).isEqualTo(all);
    assertThat(profile.byPart().stream().mapToLong(Profile.Total::nanos).sum()).isEqualTo(all);
  }

  @Test
  void everyKernelOfEveryRunHasItsOperationAndTime() {
    try (Backend backend =
        Gabor.choose("opencl").open(BackendOptions.STANDARD.withProfiling(true))) {
      Profile profile = profiled(backend, 3);
      holds(profile);
      assertThat(profile.byPart()).anyMatch(total -> total.name().equals("pool_max_forward"));
      assertThat(profile.byPart())
          .filteredOn(total -> total.name().equals("pool_max_forward"))
          .allMatch(total -> total.count() == 3);
    }
  }

  @Test
  void theReferenceTimesWholeOperations() {
    try (Backend backend = new ReferenceBackend()) {
      Profile profile = profiled(backend, 3);
      holds(profile);
      assertThat(profile.byPart()).anyMatch(total -> total.name().equals("pool forward"));
    }
  }

  @Test
  void theTraceHasOneCompleteEventForEachPart() throws JsonParserException {
    try (Backend backend = new ReferenceBackend()) {
      Profile profile = profiled(backend, 2);
      JsonObject trace = JsonParser.object().from(ProfileText.chromeTrace(profile));
      JsonArray events = trace.getArray("traceEvents");
      assertThat(events).hasSize(profile.spans().size());
      JsonObject first = events.getObject(0);
      assertThat(first.getString("ph")).isEqualTo("X");
      assertThat(first.getDouble("ts")).isZero();
      assertThat(first.getDouble("dur")).isPositive();
      assertThat(first.getObject("args").getString("layer")).isEqualTo("conv1");
      assertThat(ProfileText.table(profile)).startsWith("2 runs, ").contains("pool forward");
    }
  }
}
