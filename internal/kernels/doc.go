// Package kernels holds the arithmetic of a sparse autoencoder.
//
// A training step of an SAE spends its time multiplying by zeros unless the
// codes are kept sparse: with 64 of 6144 latents active, everything behind the
// encoder is a hundredth of a dense step. The functions here therefore work on
// [CSR] codes: only the encoder's product is dense.
//
// Matrices are row-major float32 with the latent as the row: W_enc is held
// transposed, (d_sae, d_in), so that its gradient, like W_dec's, is a sum of
// whole rows. Sums over many terms are taken in float64. Work is cut into pieces
// of a fixed size and each piece is computed by one goroutine, so that a result
// does not depend on the number of processors.
//
// The loops are in package vec, and so is the encoder's product where an activation is a
// [Rule] and the processor has AVX2. Other dense products go to gonum's
// blas32.Implementation; a program that has a faster BLAS installs it with blas32.Use. Where [Affine].BF16 is set it takes
// numbers rounded to bfloat16, which some processors multiply faster; a program that
// has a product for them installs it with [UseBF16].
package kernels
