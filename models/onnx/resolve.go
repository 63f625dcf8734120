package onnx

import (
	"fmt"
	"slices"
	"strings"
)

// Resolve returns the tensor that a name stands for, which is one of
//
//   - a tensor of the graph, an output among them;
//   - a module by its path in PyTorch, "transformer.h.6" or "blocks.6.attn": what leaves
//     it. The beginning may be left out where the rest says which;
//   - a hook point of TransformerLens, "blocks.6.hook_resid_post": see [Graph.Hooks].
func (g *Graph) Resolve(name string) (string, error) {
	if _, ok := g.made[name]; ok {
		return name, nil
	}
	if tensor, ok, err := g.lens(name); ok || err != nil {
		return tensor, err
	}
	var found []module
	for _, m := range g.modules() {
		if m.path == name || g.wrapper()+m.path == name {
			found = []module{m}
			break
		}
		if strings.HasSuffix(m.path, "."+name) {
			found = append(found, m)
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("onnx: %s: no tensor and no module %q: %s", g.name, name, g.choices())
	case len(found) > 1:
		return "", fmt.Errorf("onnx: %s: %q may be %s or %s: say which", g.name, name, found[0].path, found[1].path)
	case found[0].out == "":
		return "", fmt.Errorf("onnx: %s: no number with a fraction leaves module %s: choose a module around it", g.name, found[0].path)
	}
	return found[0].out, nil
}

// choices says what can be named instead.
func (g *Graph) choices() string {
	if blocks := g.blocks(); len(blocks) > 0 {
		return fmt.Sprintf("there are %s to %s, and what `hooks` lists", blocks[0], blocks[len(blocks)-1])
	}
	names := make([]string, len(g.outputs))
	for i, v := range g.outputs {
		names[i] = v.Name
	}
	return fmt.Sprintf("the graph keeps no paths of modules; it returns %s", strings.Join(names, ", "))
}

// Hook is a tensor that can be read, with the names that stand for it.
type Hook struct {
	Name  string // path of the module that it leaves; the tensor's name where there are no modules
	Lens  string // name in TransformerLens, "" for none
	Block string // path of the block that it is in, "" for none
	Value Value  // of the graph's tensor
}

// Hooks lists the tensors that leave modules, in the order of the forward pass, and
// TransformerLens' hook points that leave none. Where the graph has no modules it lists
// its outputs and all that have a shape of three axes, the last of which is fixed: rows.
func (g *Graph) Hooks() []Hook {
	modules := g.modules()
	if len(modules) == 0 {
		return g.rows()
	}
	blocks := g.blocks()
	lens := g.lensOfModules(blocks)
	var hooks []Hook
	for _, m := range modules {
		if m.out == "" {
			continue
		}
		v, _ := g.Value(m.out)
		h := Hook{Name: m.path, Lens: lens[m.path], Value: v}
		i := slices.IndexFunc(blocks, func(b string) bool { return m.path == b || strings.HasPrefix(m.path, b+".") })
		if i >= 0 {
			h.Block = blocks[i]
		}
		if hooks = append(hooks, h); i >= 0 && m.path == blocks[i] {
			hooks = append(hooks, g.between(i, h.Block)...)
		}
	}
	return hooks
}

// between lists the hook points of a block's residual stream that leave no module.
func (g *Graph) between(i int, block string) (hooks []Hook) {
	points := []string{residMid}
	if i == 0 {
		points = []string{residPre, residMid} // later blocks have it from the one before
	}
	for _, point := range points {
		name := fmt.Sprintf("blocks.%d.%s", i, point)
		if tensor, ok, err := g.lens(name); ok && err == nil {
			v, _ := g.Value(tensor)
			hooks = append(hooks, Hook{Name: name, Lens: name, Block: block, Value: v})
		}
	}
	return hooks
}

// rows lists tensors of a graph without modules.
func (g *Graph) rows() (hooks []Hook) {
	for _, n := range g.nodes {
		for _, name := range n.out {
			v, ok := g.values[name]
			isOutput := slices.ContainsFunc(g.outputs, func(o Value) bool { return o.Name == name })
			if ok && (v.Elem.Float() && len(v.Shape) == 3 && v.Width() > 0 || isOutput) {
				hooks = append(hooks, Hook{Name: name, Value: v})
			}
		}
	}
	return hooks
}
