package dev.gabor.opencl;

import java.lang.ref.Cleaner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a warning, with the place of opening, when its object was collected but never closed. */
final class LeakWarning implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LeakWarning.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final String what;
  private final Throwable opened;
  private volatile boolean closed;

  private LeakWarning(String what) {
    this.what = what;
    this.opened = new Throwable("opened here");
  }

  /** Watches an object; the text must not come from a lambda over it, which would keep it alive. */
  static LeakWarning watch(Object object, String what) {
    LeakWarning warning = new LeakWarning(what);
    CLEANER.register(object, warning);
    return warning;
  }

  void closed() {
    closed = true;
  }

  @Override
  public void run() {
    if (!closed) {
      LOG.warn("{} was never closed: its device memory is lost until the JVM ends", what, opened);
    }
  }
}
