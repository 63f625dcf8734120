// Package train trains a sparse autoencoder on a stream of activations.
//
// A [Trainer] takes batches of rows from an extract.Source, runs the model's
// gorgonia graph, clips and applies the gradients with [Adam] (a gorgonia.Solver),
// keeps count of which latents fire, and tells its [Hooks] about it. The order of
// things within a step is sae-lens' (training/sae_trainer.py).
//
// The terms of the guide "Extending SAELens" map one to one: SAETrainer is
// [Trainer], SAETrainerConfig is [Config], TrainingSAE is sae.Model, a DataProvider
// is an extract.Source, an Evaluator and a save_checkpoint_fn are [Hooks], an
// ActivationScaler is [Scaler].
//
// A [Sweep] trains several models on the same batches.
//
// Equal configuration, model and source give equal parameters, to the byte, on one
// kind of processor. [Trainer.Save] writes a run down at any step, and [Resume] goes on
// with it as if it had never stopped.
package train
