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
// that is absent is an error, and so is a graph of which OpenVINO would leave a part to
// the CPU provider. [Auto] runs the golden activations by one provider after another and
// takes the first that gives them; [Runner.Provider] says which.
//
// float32 means float32: TensorFloat-32 on a GPU and the bfloat16 that OpenVINO takes by
// itself are off. [TF32] allows the one. [BF16] asks OpenVINO for the other; whether a
// processor has computed so is told by the rows alone (extract.Drift).
//
// With [CUDA] driver, card and NVIDIA's libraries are checked before ONNX Runtime is asked, and
// the error says what is missing; the libraries need no LD_LIBRARY_PATH. With several of
// Options.DeviceIDs a Runner is an extract.Fan. Go's signal handlers, which CUDA replaces,
// are put back behind each call.
//
// ONNX Runtime's environment starts with the first Runner and stays for the life
// of the process, since a library once loaded cannot be replaced by another. OpenVINO and
// CUDA are in builds of their own, so that they must be asked for by the first.
package ort
