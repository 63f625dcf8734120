package cli

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Sweep are settings of which several values are trained at once, in one run: a member
// for each combination. In YAML it is a mapping of keys to lists.
type Sweep []axis

// axis is one of them.
type axis struct {
	key    string
	values []string // in YAML's flow style
}

// UnmarshalText reads lines of a key and its values: k=16,32.
func (s *Sweep) UnmarshalText(text []byte) error {
	var out Sweep
	for line := range strings.Lines(string(text)) {
		key, list, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || key == "" {
			return fmt.Errorf("%q is no list of values: want KEY=A,B,…, such as k=16,32", line)
		}
		var node yaml.Node
		if err := yaml.Unmarshal([]byte("["+list+"]"), &node); err != nil {
			return fmt.Errorf("%s: %q are no values with commas between, such as k=16,32", key, list)
		}
		a, err := newAxis(strings.ReplaceAll(key, "-", "_"), node.Content[0])
		if err != nil {
			return err
		}
		out = append(out, a)
	}
	*s = out
	return nil
}

// UnmarshalYAML reads a mapping, whose order is that of the members.
func (s *Sweep) UnmarshalYAML(n *yaml.Node) error {
	var out Sweep
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: sweep: want a list of values for each key, such as k: [16, 32]", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		a, err := newAxis(n.Content[i].Value, n.Content[i+1])
		if err != nil {
			return fmt.Errorf("line %d: sweep: %w", n.Content[i].Line, err)
		}
		out = append(out, a)
	}
	*s = out
	return nil
}

func newAxis(key string, list *yaml.Node) (axis, error) {
	a := axis{key: key}
	switch {
	case list.Kind != yaml.SequenceNode:
		return a, fmt.Errorf("%s: want a list of values, such as [16, 32]", key)
	case len(list.Content) == 0:
		return a, fmt.Errorf("%s has no values: give one or more", key)
	}
	for _, n := range list.Content {
		n.Style |= yaml.FlowStyle
		text, err := yaml.Marshal(n)
		if err != nil {
			return a, fmt.Errorf("%s: %w", key, err)
		}
		a.values = append(a.values, strings.TrimSpace(string(text)))
	}
	return a, nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (s Sweep) MarshalYAML() (any, error) {
	top := &yaml.Node{Kind: yaml.MappingNode}
	var errs []error
	for _, a := range s {
		var list yaml.Node
		errs = append(errs, yaml.Unmarshal([]byte(a.list()), &list))
		addKey(top, a.key, list.Content[0], "")
	}
	return top, errors.Join(errs...)
}

func (a axis) list() string { return "[" + strings.Join(a.values, ", ") + "]" }

// String is how a user would write it.
func (s Sweep) String() string {
	var parts []string
	for _, a := range s {
		parts = append(parts, a.key+"="+strings.Join(a.values, ","))
	}
	return strings.Join(parts, " ")
}
