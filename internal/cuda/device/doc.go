// Package device drives a card of NVIDIA's: [Open] returns its [cuda.Driver] in programs
// that were built with the build tag gpu, and says how to build them in all others.
//
// Such a program starts and works where there is no card, no driver and nothing of CUDA's:
// what it calls of them are the functions of scripts/setup/cuda.py, which lead to the real
// libraries once Open has found and opened these. The driver is the system's; NVRTC, which
// compiles the kernels of package source for the card that is there, and cuBLAS, which
// multiplies, come by make gpu-libs. docs/adr/0016 has the reasons.
package device

// Options say which card is opened, and how much of it is used.
type Options struct {
	// DeviceID is the card's number among those that CUDA_VISIBLE_DEVICES leaves, from 0.
	DeviceID int
	// MemoryLimit is how much Alloc gives in all, in MiB; 0 = no limit but what the card
	// has free as it is opened. Never more than that: managed memory that does not fit
	// moves to and fro without end.
	MemoryLimit int64
}
