// Package emulator is a [cuda.Driver] without a device, for tests: it compiles the kernels
// as C and runs them on one thread of the processor.
//
// It is strict where a device is not, or not always: work is done as late as it may be,
// fresh memory holds NaN, what lies around it is guarded, threads and blocks run in an
// order that changes from launch to launch, and threads that wait for each other at
// different places, or forever, are an error.
package emulator
