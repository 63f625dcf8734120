// Package ort runs exported networks with ONNX Runtime.
//
// ONNX Runtime's environment belongs to the whole process, its sessions take
// their output names when they are made, its tensors borrow memory that a
// garbage collector must leave in place, and a provider that fails to start falls
// back to the CPU in silence. This package is the only one that knows.
//
// A [Runner] is an extract.Runner over one model folder. It makes a session for
// each set of outputs asked for, the first time it is asked for, and runs it on
// the caller's own slices: nothing is copied on the way in or out. An output that
// was not asked for is not returned. What was configured is what runs: a provider
// that is absent is an error.
//
// ONNX Runtime's environment starts with the first Runner and stays for the life
// of the process, since a library once loaded cannot be replaced by another.
package ort
