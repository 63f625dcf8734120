package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// setting is one key of the configuration and the field that holds it.
type setting struct {
	key   string
	value reflect.Value
}

// flag is the setting's flag: its key with dashes.
func (s setting) flag() string { return strings.ReplaceAll(s.key, "_", "-") }

// settingsOf lists the settings of a pointer to a struct with yaml tags, inline
// structs included.
func settingsOf(p any) []setting {
	var out []setting
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		for i := range v.NumField() {
			key, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			switch {
			case options == "inline":
				walk(v.Field(i))
			case key != "" && key != "-":
				out = append(out, setting{key, v.Field(i)})
			}
		}
	}
	walk(reflect.ValueOf(p).Elem())
	return out
}

// given is a flag's value as text; it is applied when all lower layers are.
type given struct {
	setting setting
	text    *string
}

func (g given) String() string {
	if g.setting.value.IsValid() {
		return strings.TrimSpace(fmt.Sprint(g.setting.value.Interface()))
	}
	return ""
}

func (g given) Set(text string) error {
	*g.text = text
	return g.parse(reflect.New(g.setting.value.Type()).Elem())
}

// parse sets v from the text as YAML would.
func (g given) parse(v reflect.Value) error {
	if v.Kind() == reflect.String {
		v.SetString(*g.text)
		return nil
	}
	if err := yaml.Unmarshal([]byte(*g.text), v.Addr().Interface()); err != nil {
		return fmt.Errorf("want a %s", v.Kind())
	}
	return nil
}

func (g given) Type() string { return g.setting.value.Kind().String() }

// layers reads a configuration from its layers.
type layers struct {
	kind   Kind
	flags  *pflag.FlagSet
	given  map[string]given
	config string // path of the YAML file, "" for none
}

// newLayers adds a flag for each setting of k to flags.
func newLayers(k Kind, flags *pflag.FlagSet) *layers {
	l := &layers{kind: k, flags: flags, given: map[string]given{}}
	for _, s := range settingsOf(k.Settings()) {
		g := given{s, new(string)}
		l.given[s.key] = g
		f := flags.VarPF(g, s.flag(), "", usageOf[s.key])
		if s.value.Kind() == reflect.Bool {
			f.NoOptDefVal = "true"
		}
	}
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "training-tokens" { // the guide's name
			name = "total-training-samples"
		}
		return pflag.NormalizedName(name)
	})
	return l
}

// load applies preset, file and flags to the settings.
func (l *layers) load() error {
	file, err := readYAML(l.config)
	if err != nil {
		return usage(err)
	}
	var named struct {
		Preset string `yaml:"preset"`
	}
	if err := yaml.Unmarshal(file, &named); err != nil {
		return usage(fmt.Errorf("config %s: %w", l.config, err))
	}
	if l.flags.Changed("preset") {
		named.Preset = *l.given["preset"].text
	}
	if err := l.kind.Preset(named.Preset); err != nil {
		return err
	}
	if err := decodeStrict(file, l.kind.Settings()); err != nil {
		return usage(fmt.Errorf("config %s: %w", l.config, err))
	}
	for _, g := range l.given {
		if l.flags.Changed(g.setting.flag()) {
			if err := g.parse(g.setting.value); err != nil {
				return usage(fmt.Errorf("--%s: %w", g.setting.flag(), err))
			}
		}
	}
	return nil
}

func readYAML(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("config %s does not exist", path)
	}
	return data, err
}

// unknownKey finds yaml's words for a key that no field has.
var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

// decodeStrict decodes YAML into v; a key that v does not have is an error.
func decodeStrict(data []byte, v any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var wrong *yaml.TypeError
	err := d.Decode(v)
	if errors.As(err, &wrong) {
		return errors.New(unknownKey.ReplaceAllString(strings.Join(wrong.Errors, "; "),
			"there is no setting $1 (train --help lists them)"))
	}
	return err
}
