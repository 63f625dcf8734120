// Package onnx reads ONNX graphs as they lie on disk, and cuts parts out of them.
//
// ONNX Runtime computes a whole graph, whatever is asked of it: the layers behind a
// hook point cost as much as those before it. And it returns only what a graph calls
// its outputs. So a graph is cut: [Graph.Part] keeps the nodes that the wanted tensors
// need, makes these its outputs, and drops the rest. [Graph.Resolve] finds the tensor
// that stands for a module of the PyTorch network, since exporters keep module paths.
//
// All of it works on the protobuf wire: messages are copied as they are, weights stay
// where they lie, in the graph's file or beside it, and are pointed to. Nothing of them
// is read, so that a graph of any size opens in milliseconds.
//
// The format is that of onnx.proto of the ONNX project, IR version 3 and later.
package onnx
