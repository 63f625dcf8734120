//go:build cuda

package device

// The tag cuda is gorgonia's: it wants cuDNN and cuBLAS where the program is built, and again
// where it starts, and brings this program nothing.
var _ = theBuildTagIsGPU_runMakeBuildCuda
