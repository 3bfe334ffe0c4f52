/**
 * Training and using networks.
 *
 * <pre>{@code
 * Network network = Network.input(1, 28, 28).conv2d(32, 3).relu().maxPool(2).flatten().dense(10).build();
 * Trainer trainer = Trainer.of(network).on(backend).batch(64).epochs(6).seed(1).validation(test);
 * TrainingResult result = trainer.fit(train);
 * result.model().save(Path.of("digits.safetensors"));
 *
 * Model model = Model.load(Path.of("digits.safetensors"));
 * try (Predictor predictor = new Predictor(model, backend)) {
 *   List<Prediction> best = predictor.top(pixels, 3);
 * }
 * }</pre>
 *
 * <p>From easy to hard:
 *
 * <ul>
 *   <li>{@link dev.gabor.train.Trainer} holds the settings of a run; {@link
 *       dev.gabor.train.Trainer#fit} does it all and gives a {@link
 *       dev.gabor.train.TrainingResult}. A {@link dev.gabor.train.TrainingListener} follows it and
 *       may end it.
 *   <li>{@link dev.gabor.train.TrainingSession} is what a run works with, open for loops of one's
 *       own: parameters, optimizer, and one plan that does forward, loss, backward and update.
 *   <li>{@link dev.gabor.train.MemoryForecast} is known before anything is allocated: the step is
 *       recorded on paper first. Too much is refused with the batch size that fits.
 *   <li>{@link dev.gabor.train.Model} is a trained network as a value: layers, weights,
 *       normalisation, class names and where it comes from. Its file is one {@link
 *       dev.gabor.train.SafeTensors} with the configuration as JSON in the metadata.
 *   <li>{@link dev.gabor.train.Evaluator} judges it on a data set, {@link
 *       dev.gabor.train.Predictor} asks it about one image, {@link dev.gabor.train.FeatureMaps} and
 *       {@link dev.gabor.train.ActivationMap} show what it sees there.
 * </ul>
 *
 * <p><b>Batches.</b> Training takes whole batches only: the samples that fill no batch are left out
 * of an epoch, others in every epoch, because the order changes. Evaluation takes every sample
 * once.
 *
 * <p><b>Numbers.</b> {@code trainLoss} and {@code trainAccuracy} are means over the steps of an
 * epoch, each measured before its update and with dropout on; validation is measured after the
 * epoch, with dropout off and running statistics. So validation may look better than training.
 *
 * <p><b>A loss that is not finite</b> ends a run by {@link
 * dev.gabor.train.TrainingDivergedException}, because such weights must not pass for a result.
 * Losses stay on the device for up to 64 steps; where one is found bad, the run is repeated to the
 * step before it (the same seed gives the same bits) and that step is walked layer by layer to name
 * the first value that is not finite.
 *
 * <p><b>Errors.</b> Wrong settings and data that do not fit the network are {@link
 * java.lang.IllegalArgumentException}s, files that cannot be used are {@link
 * dev.gabor.train.ModelFileException}s, each one line.
 */
package dev.gabor.train;
