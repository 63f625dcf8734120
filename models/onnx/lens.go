package onnx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Names of TransformerLens' hook points in a block that stand for tensors of most
// networks.
const (
	residPre  = "hook_resid_pre"
	residMid  = "hook_resid_mid"
	residPost = "hook_resid_post"
	attnOut   = "hook_attn_out"
	mlpOut    = "hook_mlp_out"
)

// lensPoints are all of them.
var lensPoints = []string{residPre, residMid, attnOut, mlpOut, residPost}

// children are the names that networks give to the modules of a block.
var children = map[string][]string{
	attnOut: {"attn", "self_attn", "attention"},
	mlpOut:  {"mlp"},
}

// lens returns the tensor of a hook point of TransformerLens; false where name is none.
// See transformer_lens/components/transformer_block.py.
func (g *Graph) lens(name string) (tensor string, ok bool, err error) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[0] != "blocks" || !slices.Contains(lensPoints, parts[2]) {
		return "", false, nil
	}
	blocks := g.blocks()
	i, err := strconv.Atoi(parts[1])
	if err != nil || i < 0 || i >= len(blocks) {
		return "", false, fmt.Errorf("onnx: %s: hook point %q: the graph has %d blocks", g.name, name, len(blocks))
	}
	switch parts[2] {
	case residPost:
		tensor = g.out(blocks[i])
	case residPre:
		tensor = g.into(blocks, i)
	case residMid:
		tensor = g.summand(blocks[i])
	default:
		tensor = g.child(blocks[i], parts[2]).out
	}
	if tensor == "" {
		return "", false, fmt.Errorf("onnx: %s: hook point %q: block %s has no such tensor that can be told from its modules: "+
			"choose one of those that `hooks` lists", g.name, name, blocks[i])
	}
	return tensor, true, nil
}

// lensOfModules returns TransformerLens' names of what leaves modules, by path.
func (g *Graph) lensOfModules(blocks []string) map[string]string {
	names := map[string]string{}
	for i, block := range blocks {
		names[block] = fmt.Sprintf("blocks.%d.%s", i, residPost)
		for _, point := range []string{attnOut, mlpOut} {
			if m := g.child(block, point); m.out != "" {
				names[m.path] = fmt.Sprintf("blocks.%d.%s", i, point)
			}
		}
	}
	return names
}

// out returns what leaves the module at a path; "" for none.
func (g *Graph) out(path string) string {
	for _, m := range g.modules() {
		if m.path == path {
			return m.out
		}
	}
	return ""
}

// child returns the attention or the MLP of a block. One that ends with a norm of its
// own, as BERT's attention, is none of TransformerLens'.
func (g *Graph) child(block, point string) module {
	for _, name := range children[point] {
		path := block + "." + name
		if out := g.out(path); out != "" && g.out(path+".output") == "" {
			return module{path: path, out: out}
		}
	}
	return module{}
}

// into returns the residual stream before block i: what leaves the block before it, or,
// of block 0, to what the attention's output is added.
func (g *Graph) into(blocks []string, i int) string {
	if i > 0 {
		return g.out(blocks[i-1])
	}
	mid, attn := g.summand(blocks[0]), g.child(blocks[0], attnOut).out
	if mid == "" {
		return ""
	}
	in := g.nodes[g.made[mid]].in
	return in[(slices.Index(in, attn)+1)%len(in)]
}

// summand returns the residual stream between attention and MLP, in a block that adds
// one after the other: the other summand where the MLP's output is added.
func (g *Graph) summand(block string) string {
	mlp, attn := g.child(block, mlpOut).out, g.child(block, attnOut).out
	sum := &g.nodes[g.made[g.out(block)]]
	if mlp == "" || attn == "" || sum.op != "Add" || !slices.Contains(sum.in, mlp) {
		return ""
	}
	for _, name := range sum.in {
		i, made := g.made[name]
		if name != mlp && made && g.nodes[i].op == "Add" && slices.Contains(g.nodes[i].in, attn) {
			return name
		}
	}
	return ""
}
