// Package models says what an exported network is.
//
// An ONNX graph alone does not say which of its outputs are hook points, how
// wide they are, how a text or a picture is brought to its inputs, or which
// export made it. A model folder holds the graph beside a model.json, the
// [Spec], that says all of it and pins every file by size and SHA-256.
//
// [Open] reads a folder, [OpenFS] one that is embedded in a program. A [Model]
// that they return has a Spec without faults and all its files in place at their
// stated sizes; [Model.Verify] checks the content of the files too.
//
// The package imports no other of this module.
package models
