// Package sae defines sparse autoencoders: their parameters, their inference form
// in plain Go, their training graph in gorgonia, and their files.
//
// A sparse autoencoder explains a row of activations x (d_in) by few of d_sae
// latents: f = σ(W_encᵀ(x − b_dec) + b_enc), x̂ = W_decᵀf + b_dec. A [Model] is one of
// them; its architecture says what σ and the loss are. [Model.Encode] and
// [Model.Decode] are the oracle against which the graph is tested.
//
// The graph's codes are sparse values ([Codes]) that run through gorgonia's Grad
// and tape machine by operators of our own, so that a step pays only for the
// latents that fire.
//
// [Save] writes the folder that sae-lens' SAE.load_from_disk reads; [Load] reads
// what either of the two wrote.
package sae
