package onnx

import (
	"slices"
	"strings"
)

// node is a NodeProto.
type node struct {
	raw     []byte
	op      string
	in, out []string
	outer   []string // tensors that its subgraphs take from around it
	scopes  []string // modules that it belongs to, outermost first
}

// scopesKey names the metadata in which PyTorch's exporter keeps module paths.
const scopesKey = "pkg.torch.onnx.name_scopes"

func readNode(message []byte) (node, error) {
	n := node{raw: message}
	var name, scopes string
	err := eachField(message, func(x field) error {
		switch x.num {
		case 1:
			n.in = append(n.in, string(x.val))
		case 2:
			n.out = append(n.out, string(x.val))
		case 3:
			name = string(x.val)
		case 4:
			n.op = string(x.val)
		case 5:
			return n.readAttribute(x.val)
		case 9:
			key, value, err := entry(x.val)
			if key == scopesKey {
				scopes = value
			}
			return err
		}
		return nil
	})
	if n.scopes = scopesOfMetadata(scopes); scopes == "" {
		n.scopes = scopesOfName(name)
	}
	return n, err
}

// readAttribute notes what the subgraphs of an AttributeProto take from around them.
func (n *node) readAttribute(message []byte) error {
	return eachField(message, func(x field) error {
		if x.num != 6 && x.num != 11 { // g, graphs
			return nil
		}
		return n.readSubgraph(x.val)
	})
}

// readSubgraph notes every name that a GraphProto uses, its own among them: those do
// no harm, since no tensor around it has their name.
func (n *node) readSubgraph(message []byte) error {
	return eachField(message, func(x field) error {
		switch x.num {
		case 1:
			inner, err := readNode(x.val)
			n.outer = append(append(n.outer, inner.in...), inner.outer...)
			return err
		case 12: // a body may return a tensor from around it
			v, err := readValue(x.val)
			n.outer = append(n.outer, v.Name)
			return err
		}
		return nil
	})
}

// needs calls f for each tensor that the node needs.
func (n *node) needs(f func(string)) {
	for _, name := range n.in {
		f(name)
	}
	for _, name := range n.outer {
		f(name)
	}
}

// noScope is what the exporter writes for a node that belongs to no module.
const noScope = "_empty_nn_module_stack_from_metadata_hook"

// scopesOfMetadata reads a list of strings as Python writes it: the paths of the modules
// around a node, of which the first is empty, and then the node's own name.
func scopesOfMetadata(text string) (scopes []string) {
	parts := strings.Split(strings.Trim(text, "[]"), ",")
	for _, p := range parts[:len(parts)-1] {
		if p = strings.Trim(p, ` '"`); p != "" && p != noScope {
			scopes = append(scopes, p)
		}
	}
	return scopes
}

// scopesOfName reads the name of a node of the exporter that was before:
// "/m/transformer/h.6/Add_1". A module in a list repeats the list's name:
// "/m/blocks/blocks.6/Add_1" is of m.blocks.6.
func scopesOfName(name string) (scopes []string) {
	if !strings.HasPrefix(name, "/") {
		return nil
	}
	parts := strings.Split(name[1:], "/")
	path, last := "", ""
	for _, p := range parts[:len(parts)-1] {
		switch {
		case path == "":
			path = p
		case strings.HasPrefix(p, last+"."):
			path = strings.TrimSuffix(path, last) + p
		default:
			path += "." + p
		}
		last = p
		scopes = append(scopes, path)
	}
	return slices.Compact(scopes)
}
