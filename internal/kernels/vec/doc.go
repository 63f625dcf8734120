// Package vec has the inner loops of the kernels: rows gathered and multiplied, values
// compared and kept, a step of Adam, and the encoder's product.
//
// They are written in C, once, for vectors of any length, and compiled for each set of
// instructions: AVX-512 and AVX2 with FMA on x86-64, and what every processor of its
// kind has. The best of them is chosen as the program starts; [Use] takes another. Each
// loop has a twin in plain Go, the set "go", which is its oracle in the tests and what a
// program without cgo runs.
//
// Sums run in sixteen parts whatever the length of a vector is, so that the sets that
// fuse a product with its sum, AVX-512 and AVX2, give the same bits.
package vec
