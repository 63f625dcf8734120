// Package cuda trains on a GPU: it is a [kernels.Engine] that launches the kernels of
// package source through a [Driver].
//
// Memory is managed: the host and the device have it at the same address, and pages move
// to who uses them. What the engine hands out are therefore ordinary slices. What was
// asked of a device runs later, in order; [Driver.Sync] waits for it, and the host may
// look at memory only behind that.
//
// Two packages have drivers: device, a card's, and emulator, which runs the same kernels
// on the processor, one thread after the other, for tests.
package cuda
