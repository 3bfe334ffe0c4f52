package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;

/** Pooling, alone and behind batch-norm, with the fewest bytes that it must move. */
final class PoolCases {
  private final CaseTable table;
  private final Shape images;

  private PoolCases(CaseTable table) {
    this.table = table;
    this.images = table.scale().images();
  }

  static void addTo(CaseTable table) {
    PoolCases cases = new PoolCases(table);
    cases.pools();
    cases.batchNormPool();
  }

  private void pools() {
    PoolWindow.Kind max = PoolWindow.Kind.MAX;
    PoolWindow.Kind average = PoolWindow.Kind.AVERAGE;
    int[] n = images.toArray();
    pool("max_pool", new Pool(PoolWindow.of(max, 2), n[0], n[1], n[2], n[3]));
    pool("average_pool", new Pool(PoolWindow.of(average, 2), n[0], n[1], n[2], n[3]));
    pool("global_max_pool", Pool.global(max, n[0], n[1], n[2], n[3]));
    pool("global_average_pool", Pool.global(average, n[0], n[1], n[2], n[3]));
  }

  /** The places of the maxima are counted with one byte an output, less than any backend keeps. */
  private void pool(String name, Pool pool) {
    boolean max = pool.window().kind() == PoolWindow.Kind.MAX;
    long outputs = pool.outputShape().size();
    double bytes = (images.size() + outputs) * (double) Float.BYTES + (max ? outputs : 0);
    Work work = new Work(images.size(), bytes);
    table.add(
        name,
        "forward",
        images,
        work,
        (b, in) ->
            b.pool().forward(pool, x(in), y(pool, in), in.workspace(b.pool().reserveBytes(pool))));
    table.add(
        name,
        "backward",
        images,
        work,
        (b, in) -> {
          DeviceTensor reserve = in.workspace(b.pool().reserveBytes(pool));
          if (max) {
            // Backward believes what forward kept.
            try (var forward = b.pool().forward(pool, x(in), y(pool, in), reserve)) {
              forward.run();
              b.finish();
            }
          }
          return b.pool().backward(pool, y(pool, in), reserve, x(in));
        });
  }

  /** Two reads of x and one of what is pooled forward; backward two more, and dx. */
  private void batchNormPool() {
    int[] n = images.toArray();
    int c = n[1];
    BatchNorm norm = BatchNorm.of(n[0], c, n[2] * n[3]).withRelu();
    BatchNormPool problem =
        new BatchNormPool(norm, PoolWindow.of(PoolWindow.Kind.MAX, 2), n[2], n[3]);
    double outputBytes = problem.outputShape().size() * (Float.BYTES + 1.0);
    double inputBytes = (double) images.size() * Float.BYTES;
    table.add(
        "batch_norm_pool",
        "forward",
        images,
        new Work(6.0 * images.size(), 2 * inputBytes + outputBytes),
        (b, in) -> forward(problem, b, in, in.workspace(b.batchNormPool().reserveBytes(problem))));
    table.add(
        "batch_norm_pool",
        "backward",
        images,
        new Work(10.0 * images.size(), 3 * inputBytes + 2 * outputBytes),
        (b, in) -> {
          DeviceTensor reserve = in.workspace(b.batchNormPool().reserveBytes(problem));
          // Backward believes what forward kept.
          try (var forward = forward(problem, b, in, reserve)) {
            forward.run();
            b.finish();
          }
          return b.batchNormPool()
              .backward(
                  problem,
                  x(in),
                  in.random(c),
                  in.random(c),
                  y(problem.pool(), in),
                  in.filled(1, 2, c),
                  reserve,
                  x(in),
                  in.random(c),
                  in.random(c),
                  in.workspace(b.batchNormPool().workspaceBytes(problem)));
        });
  }

  private Step forward(BatchNormPool problem, Backend b, Inputs in, DeviceTensor at) {
    int c = problem.norm().c();
    return b.batchNormPool()
        .forward(
            problem,
            x(in),
            in.random(c),
            in.random(c),
            in.random(c),
            in.filled(1, c),
            y(problem.pool(), in),
            in.random(2, c),
            at,
            in.workspace(b.batchNormPool().workspaceBytes(problem)));
  }

  private DeviceTensor x(Inputs inputs) {
    return table.x(inputs);
  }

  private static DeviceTensor y(Pool pool, Inputs inputs) {
    return inputs.random(pool.outputShape(), Layout.IMAGE);
  }
}
