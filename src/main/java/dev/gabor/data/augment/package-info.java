/**
 * Random changes of training images: {@link dev.gabor.data.Transform}s of single samples (flip,
 * crop, rotate, shift, scale, brightness, contrast, erasing) and {@link dev.gabor.data.Mixing}s of
 * batches (mixup, cutmix).
 *
 * <pre>{@code
 * Transform changes =
 *     Transform.chain(new RandomFlip(0.5), new RandomCrop(4), RandomAffine.rotation(10));
 * Trainer trainer = Trainer.of(network).transform(changes).mixing(new Mixup(0.2));
 * }</pre>
 *
 * <p>What happens to a sample depends on (seed, epoch, index of the sample) alone, what happens to
 * a batch on (seed, epoch, number of the batch): never on threads, order or machine. Random numbers
 * are Philox's, functions are {@link java.lang.StrictMath}'s, so the bits are the same everywhere.
 * Nothing is allocated for a sample.
 */
package dev.gabor.data.augment;
