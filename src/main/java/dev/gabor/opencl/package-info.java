/**
 * OpenCL in terms of bytes, programs, queues and work sizes; the only user of {@code org.jocl}. A
 * floor with nothing below: it has never heard of a tensor or a layer.
 *
 * <p>From the device to a result:
 *
 * <pre>{@code
 * Device device = OpenCl.devices().get(0);                      // best first; never throws
 * try (Context context = Context.open(device)) {                // owns all that follows
 *   Buffer x = context.allocate(4 * n);
 *   x.write(values, 0, n, 0);                                   // checked, waits
 *   Program program = context.build(ProgramSource.of("foo", "-DTILE=8")); // kernels-cl/foo.cl
 *   Kernel foo = program.kernel("foo").args().buffer(x).integer(n).floating(0.5f).done();
 *   context.queue().launch(foo, new long[] {global}, new long[] {local}); // does not wait
 *   x.read(values, 0, n, 0);                                    // waits for the launch, too
 * }
 * }</pre>
 *
 * <p><b>Finding devices.</b> {@link dev.gabor.opencl.OpenCl} asks all drivers once per JVM. A
 * machine without libOpenCL or drivers, and drivers that answer nonsense, lead to shorter lists and
 * a line in {@code skipped()}, never to an exception. {@link dev.gabor.opencl.SelfTest} tells
 * whether a device that looks well computes well.
 *
 * <p><b>Closing.</b> Native objects form a tree: a context owns its queue, buffers and programs, a
 * program its kernels, a buffer its slices. Closing one closes what it owns, newest first; closing
 * twice is harmless; using a closed object throws {@code IllegalStateException}. {@link
 * dev.gabor.opencl.LiveObjects} counts what is open: 0 when all contexts are closed.
 *
 * <p><b>Steps without garbage.</b> {@code launch}, {@code fill}, {@code copyFrom} and the kernels'
 * {@code set…} methods allocate nothing, so a training step built from them gives the collector
 * nothing to do. Transfers allocate a few small objects each. A queue and its kernels serve one
 * thread; programs may be built from several.
 *
 * <p><b>Two cores.</b> On a CPU with two compute units under PoCL each core has its half of every
 * launch: see {@link dev.gabor.opencl.TwoLanes}. One open context of a process has them so, the
 * first; others have one queue. Nothing changes for who launches.
 *
 * <p><b>Programs.</b> Sources come from the class-path folder {@code kernels-cl}; includes are put
 * in place with {@code #line}, so build logs name the file a person edits. Options that relax
 * arithmetic are refused. A context builds the same source once; a cache on disk, keyed by source,
 * options, device and driver, keeps binaries and the logs of failed builds between runs ({@code
 * -Dgabor.cache=DIR}, {@code off}: see {@link dev.gabor.opencl.CacheFolder}).
 *
 * <p><b>Failing.</b> What a caller did wrong (a range outside a buffer, an int where the kernel
 * takes a float) is an {@code IllegalArgumentException} before the driver sees it; what the driver
 * refuses is an {@link dev.gabor.opencl.OpenClException} naming the call, the code, the kernel with
 * its work sizes or the program with its options and build log.
 *
 * <p><b>JOCL</b> ends in this package for good reasons: it checks no bounds, ignores the position
 * of NIO buffers, starts threads for non-blocking transfers, and prints to stdout where libOpenCL
 * is missing. Calls beyond OpenCL 1.2 are not used. Status codes are checked, JOCL's own exceptions
 * stay off.
 */
package dev.gabor.opencl;
