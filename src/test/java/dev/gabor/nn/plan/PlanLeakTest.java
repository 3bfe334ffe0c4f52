package dev.gabor.nn.plan;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.read.ListAppender;
import dev.gabor.backend.Backend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.LeakWarning;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PlanLeakTest {
  @Test
  void warnsOfAForgottenPlanWithThePlaceOfOpening() {
    Logger logger = (Logger) LoggerFactory.getLogger(LeakWarning.class);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    logger.addAppender(appender);
    logger.setAdditive(false);
    logger.setLevel(Level.WARN); // the tests' own settings are quieter
    try (Backend backend = new ReferenceBackend()) {
      Recording recording = new Recording();
      Plan plan = new Plan(recording, new Arena(recording, backend), backend);
      // What the collector would do.
      plan.leakWarning().run();
      plan.close();
      plan.leakWarning().run();
    } finally {
      logger.setLevel(null);
      logger.setAdditive(true);
      logger.detachAppender(appender);
    }
    assertThat(appender.list).hasSize(1);
    ILoggingEvent event = appender.list.get(0);
    assertThat(event.getFormattedMessage())
        .isEqualTo(
            "a plan of 0 operations was never closed: its device memory is lost until its backend"
                + " is closed");
    assertThat(Arrays.stream(event.getThrowableProxy().getStackTraceElementProxyArray()))
        .extracting(StackTraceElementProxy::toString)
        .anyMatch(line -> line.contains("PlanLeakTest"));
  }
}
