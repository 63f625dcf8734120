package onnx

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// What the file claims. ONNX Runtime 1.14 and newer takes it.
const (
	irVersion    = 8
	opset        = 18
	producerName = "saego"
)

// Fields and values of onnx.proto.
const (
	modelIR, modelProducer, modelProducerVersion, modelDoc, modelGraph, modelOpset, modelMetadata protowire.Number = 1, 2, 3, 6, 7, 8, 14

	opsetDomain, opsetVersion protowire.Number = 1, 2
	entryKey, entryValue      protowire.Number = 1, 2

	graphNode, graphName, graphInitializer, graphInput, graphOutput protowire.Number = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute protowire.Number = 1, 2, 3, 4, 5

	tensorDims, tensorType, tensorName, tensorRaw, tensorExternal, tensorLocation protowire.Number = 1, 2, 8, 9, 13, 14

	infoName, infoType                          protowire.Number = 1, 2
	typeTensor, typeElement, typeShape, dimsDim protowire.Number = 1, 1, 2, 1
	dimValue, dimParam                          protowire.Number = 1, 2

	elementFloat, elementInt64, locationExternal = 1, 7, 1
)

// pair is an entry of a map with texts.
type pair struct{ key, value string }

func (m *message) pair(field protowire.Number, p pair) {
	var entry message
	entry.string(entryKey, p.key)
	entry.string(entryValue, p.value)
	m.message(field, entry)
}

// encode returns the ModelProto. Weights go into a, unless it is nil.
func (g *Graph) encode(version string, metadata []pair, a *aside) message {
	var m, imports message
	imports.string(opsetDomain, "")
	imports.int(opsetVersion, opset)
	m.int(modelIR, irVersion)
	m.string(modelProducer, producerName)
	m.string(modelProducerVersion, version)
	m.string(modelDoc, "A sparse autoencoder: features = encode(x), reconstruction = decode(features).")
	m.message(modelGraph, g.encodeGraph(a))
	m.message(modelOpset, imports)
	for _, p := range metadata {
		m.pair(modelMetadata, p)
	}
	return m
}

func (g *Graph) encodeGraph(a *aside) message {
	var m message
	for _, n := range g.nodes {
		m.message(graphNode, n.encode())
	}
	m.string(graphName, "sae")
	for _, c := range g.constants {
		m.message(graphInitializer, c.encode(a))
	}
	m.message(graphInput, info(inputName, g.model.Config().DIn))
	for _, o := range g.outputs {
		m.message(graphOutput, info(o.value.name, o.width))
	}
	return m
}

func (n node) encode() message {
	var m message
	for _, v := range n.in {
		m.string(nodeInput, v.name)
	}
	for _, v := range n.out {
		m.string(nodeOutput, v.name)
	}
	m.string(nodeName, n.out[0].name)
	m.string(nodeOp, n.op)
	for _, attr := range n.attrs {
		m.message(nodeAttribute, attr.m)
	}
	return m
}

func (c constant) encode(a *aside) message {
	var m message
	for _, d := range c.shape {
		m.int(tensorDims, int64(d))
	}
	m.string(tensorName, c.value.name)
	switch {
	case c.ints != nil:
		m.int(tensorType, elementInt64)
		var raw []byte
		for _, v := range c.ints {
			raw = protowire.AppendFixed64(raw, uint64(v)) // little-endian
		}
		m.bytes(tensorRaw, raw)
	case a == nil || 4*len(c.floats) < smallestAside:
		m.int(tensorType, elementFloat)
		m.floats(tensorRaw, c.floats)
	default:
		m.int(tensorType, elementFloat)
		m.pair(tensorExternal, pair{"location", a.name})
		m.pair(tensorExternal, pair{"offset", strconv.FormatInt(a.place(c.floats), 10)})
		m.pair(tensorExternal, pair{"length", strconv.Itoa(4 * len(c.floats))})
		m.int(tensorLocation, locationExternal)
	}
	return m
}

// info returns a ValueInfoProto: name is float32, (rows, width).
func info(name string, width int) message {
	var m, rows, columns, shape, tensor, kind message
	rows.string(dimParam, "rows")
	columns.int(dimValue, int64(width))
	shape.message(dimsDim, rows)
	shape.message(dimsDim, columns)
	tensor.int(typeElement, elementFloat)
	tensor.message(typeShape, shape)
	kind.message(typeTensor, tensor)
	m.string(infoName, name)
	m.message(infoType, kind)
	return m
}
