package dev.gabor.opencl;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jocl.CL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that lives in the driver and is released exactly once. Objects form a tree (context
 * over queue, buffers and programs; buffer over slices; program over kernels): closing one closes
 * what it owns first, newest first.
 */
abstract class NativeObject implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NativeObject.class);

  private final LiveObjects.Kind kind;
  private final Optional<NativeObject> owner;
  private final Set<NativeObject> owned = new LinkedHashSet<>();
  private volatile boolean open = true;

  /** Counts the object as live; its native handle must exist already. */
  NativeObject(LiveObjects.Kind kind, Optional<NativeObject> owner) {
    this.kind = kind;
    this.owner = owner;
    LiveObjects.added(kind);
  }

  /** Releases the native handle and answers the status of the call. */
  abstract int release();

  /** Waits for other threads that still make what this will own; they need its lock. */
  void awaitMakers() {}

  /** Runs before anything owned is closed. */
  void beforeClose() {}

  /**
   * Enters a new object in its owner's list, last thing in the making. If the owner was closed
   * meanwhile, the new object is closed again and the owner refuses.
   */
  final void own(NativeObject child) {
    synchronized (owned) {
      if (open) {
        owned.add(child);
        return;
      }
    }
    child.close();
    requireOpen();
  }

  final boolean isOpen() {
    return open;
  }

  final void requireOpen() {
    if (!open) {
      throw new IllegalStateException(this + " is closed");
    }
  }

  /** Releases the native object and all it owns. Closing twice is harmless. */
  @Override
  public final void close() {
    List<NativeObject> children;
    awaitMakers();
    synchronized (owned) {
      if (!open) {
        return;
      }
      beforeClose();
      open = false;
      children = new ArrayList<>(owned);
      owned.clear();
    }
    for (int i = children.size() - 1; i >= 0; i--) {
      children.get(i).close();
    }
    int status = release();
    LiveObjects.removed(kind);
    owner.ifPresent(parent -> parent.forget(this));
    if (status != CL.CL_SUCCESS) {
      LOG.warn("releasing {} failed with {}", this, CL.stringFor_errorCode(status));
    }
  }

  private void forget(NativeObject child) {
    synchronized (owned) {
      owned.remove(child);
    }
  }
}
