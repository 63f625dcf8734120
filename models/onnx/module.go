package onnx

import (
	"slices"
	"strconv"
	"strings"
)

// module is a module of the network that the graph was exported from.
type module struct {
	path  string // without the name of a wrapper around the whole network
	first int    // its first node
	out   string // what leaves it; "" where no number with a fraction does
}

// findModules returns the modules in the order in which they begin. What leaves a module
// is the last tensor that it makes and another module, or the caller, takes.
func (g *Graph) findModules() []module {
	last := map[string]int{} // node that makes what leaves a module
	out := map[string]string{}
	leaves := func(name string, to []string) {
		i, ok := g.made[name]
		if v := g.values[name]; !ok || v.Elem != Unknown && !v.Elem.Float() {
			return
		}
		for _, scope := range g.nodes[i].scopes {
			if at, seen := last[scope]; slices.Contains(to, scope) || seen && at > i {
				continue
			}
			last[scope], out[scope] = i, name
		}
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		n.needs(func(name string) { leaves(name, n.scopes) })
	}
	for _, v := range g.outputs {
		leaves(v.Name, nil)
	}
	wrapper := g.wrapper()
	seen := map[string]bool{}
	var modules []module
	for i, n := range g.nodes {
		for _, scope := range n.scopes {
			if path := strings.TrimPrefix(scope, wrapper); path != "" && !seen[scope] && scope+"." != wrapper {
				modules = append(modules, module{path: path, first: i, out: out[scope]})
			}
			seen[scope] = true
		}
	}
	return modules
}

// findWrapper returns the name of the module that all others are in, with a point, or "":
// what an exporting script makes to get hook points out of a network.
func (g *Graph) findWrapper() string {
	name := ""
	for _, n := range g.nodes {
		if len(n.scopes) == 0 {
			continue // constants belong nowhere
		}
		first, _, _ := strings.Cut(n.scopes[0], ".")
		if name != "" && name != first || n.scopes[0] != first {
			return ""
		}
		name = first
	}
	if name == "" {
		return ""
	}
	return name + "."
}

// blocks returns the paths of the layers that follow one another: the longest list of
// modules that are numbered from 0, "transformer.h.0" and so on.
func (g *Graph) blocks() (paths []string) {
	lists := map[string][]string{}
	var parents []string
	for _, m := range g.modules() {
		i := strings.LastIndexByte(m.path, '.')
		if n, err := strconv.Atoi(m.path[i+1:]); err != nil || m.out == "" || n != len(lists[m.path[:max(i, 0)]]) {
			continue
		}
		parent := m.path[:max(i, 0)]
		if lists[parent] == nil {
			parents = append(parents, parent)
		}
		lists[parent] = append(lists[parent], m.path)
	}
	for _, p := range parents {
		if len(lists[p]) > len(paths) {
			paths = lists[p]
		}
	}
	return paths
}
