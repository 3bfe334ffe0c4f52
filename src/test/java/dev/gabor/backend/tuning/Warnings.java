package dev.gabor.backend.tuning;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Gathers the warnings of the databases. */
final class Warnings implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.gabor.backend.tuning");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  Warnings() {
    appender.start();
    logger.setLevel(Level.WARN); // the tests' own settings are quieter
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  List<String> all() {
    return appender.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Override
  public void close() {
    logger.setLevel(null);
    logger.setAdditive(true);
    logger.detachAppender(appender);
  }
}
