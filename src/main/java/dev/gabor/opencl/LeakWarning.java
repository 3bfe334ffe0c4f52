package dev.gabor.opencl;

import java.lang.ref.Cleaner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a warning, with the place of opening, when its object was collected but never closed. */
public final class LeakWarning implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LeakWarning.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final String what;
  private final String until;
  private final Throwable opened;
  private volatile boolean closed;

  private LeakWarning(String what, String until) {
    this.what = what;
    this.until = until;
    this.opened = new Throwable("opened here");
  }

  /**
   * Watches an object, from the thread and place that opens it.
   *
   * @param what it is; must not come from a lambda over it, which would keep it alive
   * @param until when its device memory comes back otherwise
   */
  public static LeakWarning watch(Object object, String what, String until) {
    LeakWarning warning = new LeakWarning(what, until);
    CLEANER.register(object, warning);
    return warning;
  }

  /** The object has been closed as it should. */
  public void closed() {
    closed = true;
  }

  @Override
  public void run() {
    if (!closed) {
      LOG.warn("{} was never closed: its device memory is lost until {}", what, until, opened);
    }
  }
}
