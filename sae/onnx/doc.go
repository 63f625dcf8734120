// Package onnx writes a sparse autoencoder as one ONNX graph.
//
// A trained SAE is of use where its network runs: in a service, a browser, a
// notebook without PyTorch. [Export] writes a file that any ONNX runtime takes, with
// everything in it that the SAE does to a row: normalisation, encoder, activation,
// decoder, a transcoder's linear map. It has one input, x (rows, d_in), and two
// outputs, features (rows, d_sae) and reconstruction (rows, d_out); rows is free. They
// are what [sae.Encoder.Reconstruct] gives, up to the order of sums.
//
// Weights have sae-lens' names and shapes. Those of sae_weights.safetensors are there
// as they are, but for W_enc, b_enc and W_dec of an SAE that scales its codes by the
// norms of W_dec's rows, into which the norms are folded.
//
// A program's own architecture is exported if it is an [Activator].
package onnx
