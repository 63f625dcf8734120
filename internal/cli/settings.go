package cli

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting is one key of the configuration: where its value is, and what it is.
type setting struct {
	option
	group string
	field
}

// field is where a value is.
type field struct {
	block string // key of the mapping in which it stands in YAML; "" = at the top
	value reflect.Value
}

// flag is the setting's flag: its key with dashes.
func (s setting) flag() string { return strings.ReplaceAll(s.key, "_", "-") }

// settingsOf lists those settings of k that a user has, in the order of groups.
func settingsOf(k Kind) []setting {
	values := fields(k.Settings())
	var out []setting
	for _, g := range groups {
		for _, o := range g.options {
			if f, ok := values[o.key]; ok {
				out = append(out, setting{o, g.title, f})
			}
		}
	}
	return out
}

// fields returns the fields of a pointer to a struct by their yaml keys, those of
// structs in it included.
func fields(p any) map[string]field {
	out := map[string]field{}
	var walk func(v reflect.Value, block string)
	walk = func(v reflect.Value, block string) {
		for i := range v.NumField() {
			key, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			switch {
			case options == "inline":
				walk(v.Field(i), block)
			case key == "" || key == "-":
			case v.Field(i).Kind() == reflect.Struct:
				walk(v.Field(i), key)
			default:
				out[key] = field{block, v.Field(i)}
			}
		}
	}
	walk(reflect.ValueOf(p).Elem(), "")
	return out
}

// resolved returns the settings of a run as a YAML mapping under the titles of
// their groups. What concerns the folder and not the run is left out.
func resolved(k Kind) (*yaml.Node, error) {
	top := &yaml.Node{Kind: yaml.MappingNode}
	blocks := map[string]*yaml.Node{"": top}
	title := ""
	for _, s := range settingsOf(k) {
		if s.key == "overwrite" || s.key == "sweep" && s.value.IsZero() {
			continue
		}
		value := &yaml.Node{}
		if err := value.Encode(s.value.Interface()); err != nil {
			return nil, fmt.Errorf("config: %s: %w", s.key, err)
		}
		comment := ""
		if s.group != title {
			title, comment = s.group, "# "+s.group
		}
		if blocks[s.block] == nil {
			blocks[s.block] = &yaml.Node{Kind: yaml.MappingNode}
			addKey(top, s.block, blocks[s.block], comment)
			comment = ""
		}
		addKey(blocks[s.block], s.key, value, comment)
	}
	return top, nil
}

// addKey adds a key and its value to a mapping, below a comment if there is one.
func addKey(mapping *yaml.Node, name string, value *yaml.Node, comment string) {
	key := &yaml.Node{}
	key.SetString(name)
	key.HeadComment = comment
	mapping.Content = append(mapping.Content, key, value)
}

// given is a flag's value as text; it is applied when all lower layers are.
type given struct {
	setting setting
	text    *string
}

// String returns the default, for --help.
func (g given) String() string {
	if !g.setting.value.IsValid() || g.setting.value.IsZero() {
		return ""
	}
	return fmt.Sprint(g.setting.value.Interface())
}

// Set keeps the text, if it can be parsed. A sweep may be set several times, a line each.
func (g given) Set(text string) error {
	if g.setting.key == "sweep" && *g.text != "" {
		text = *g.text + "\n" + text
	}
	*g.text = text
	return g.parse(reflect.New(g.setting.value.Type()).Elem())
}

// parse sets v from the text as YAML would.
func (g given) parse(v reflect.Value) error {
	text := *g.text
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Slice && !strings.HasPrefix(text, "["):
		text = "[" + text + "]"
	}
	if err := yaml.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
		return fmt.Errorf("want %s", wanted[v.Kind()])
	}
	return nil
}

// wanted says what a kind of value looks like.
var wanted = map[reflect.Kind]string{
	reflect.Bool:    "true or false",
	reflect.Int:     "a whole number",
	reflect.Int64:   "a whole number",
	reflect.Uint64:  "a whole number, 0 or more",
	reflect.Float64: "a number",
	reflect.Slice:   "values with commas between",
}

// Type is what --help calls the value.
func (g given) Type() string { return strings.TrimRight(g.setting.value.Kind().String(), "0123456789") }
