package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// layers reads a configuration from its layers: a preset, a YAML file, flags.
type layers struct {
	kind   Kind
	flags  *pflag.FlagSet
	given  []given
	config string // path of the YAML file, "" for none
}

// newLayers adds a flag to flags for each setting of k that wants accepts.
func newLayers(k Kind, flags *pflag.FlagSet, wants func(setting) bool) *layers {
	l := &layers{kind: k, flags: flags}
	flags.SortFlags = false
	for _, s := range settingsOf(k) {
		if !wants(s) {
			continue
		}
		g := given{s, new(string)}
		l.given = append(l.given, g)
		f := flags.VarPF(g, s.flag(), "", s.usage)
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
	name, err := l.preset(file)
	if err != nil {
		return usage(fmt.Errorf("config %s: %w", l.config, err))
	}
	if err := l.kind.Preset(name); err != nil {
		return err
	}
	if err := decodeStrict(file, l.kind); err != nil {
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

// preset returns the name of the preset that the flags or else the file name.
func (l *layers) preset(file []byte) (string, error) {
	for _, g := range l.given {
		if g.setting.key == "preset" && l.flags.Changed("preset") {
			return *g.text, nil
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(file, &root); err != nil {
		return "", err
	}
	if len(root.Content) > 0 && root.Content[0].Kind != yaml.MappingNode {
		return "", errors.New("want one setting per line, such as k: 64")
	}
	var named struct {
		Preset string `yaml:"preset"`
	}
	return named.Preset, plain(root.Decode(&named))
}

func readYAML(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("config %s: no such file: want a YAML file of settings, such as a run's config.yaml", path)
	case err != nil:
		return nil, fmt.Errorf("config: %w", err)
	}
	return data, nil
}

// decodeStrict decodes YAML into k's settings; a key that a user does not have is
// an error.
func decodeStrict(data []byte, k Kind) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	known := map[string]map[string]bool{"": {}} // keys by their block
	for _, s := range settingsOf(k) {
		if known[s.block] == nil {
			known[s.block], known[""][s.block] = map[string]bool{}, true
		}
		known[s.block][s.key] = true
	}
	errs, err := unknown(data, known)
	if err != nil {
		return plain(err)
	}
	if len(errs) == 0 {
		return plain(yaml.Unmarshal(data, k.Settings()))
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return fmt.Errorf("%w: train --help lists them", errors.Join(errs...))
}

// unknown reports the keys of YAML that are not known, by the block they stand in.
func unknown(data []byte, known map[string]map[string]bool) ([]error, error) {
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(data, &top); err != nil {
		return nil, err
	}
	errs := misplaced(top, "", known)
	for block := range known {
		node, ok := top[block]
		if block == "" || !ok {
			continue
		}
		var keys map[string]yaml.Node
		if err := node.Decode(&keys); err != nil {
			return nil, err
		}
		errs = append(errs, misplaced(keys, block, known)...)
	}
	return errs, nil
}

// misplaced reports the keys that do not belong into a block.
func misplaced(keys map[string]yaml.Node, block string, known map[string]map[string]bool) (errs []error) {
	for key, node := range keys {
		if known[block][key] {
			continue
		}
		fault := "there is no setting " + key
		for other, its := range known {
			switch {
			case its[key] && other == "":
				fault = fmt.Sprintf("%s is no setting of %s: move it out", key, block)
			case its[key]:
				fault = fmt.Sprintf("%s is a setting of %s: move it below %s:", key, other, other)
			}
		}
		errs = append(errs, fmt.Errorf("line %d: %s", node.Line, fault))
	}
	return errs
}

// mismatch finds yaml's words for a value of another type.
var mismatch = regexp.MustCompile("cannot unmarshal !!\\w+ (?:`(.*)` )?into (\\w+).*")

// plain puts an error of the yaml package into plain words.
func plain(err error) error {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return err
	}
	return errors.New(mismatch.ReplaceAllString(strings.Join(wrong.Errors, "; "), `"$1" is no $2`))
}
