package cli

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What may be swept: what changes an SAE, and not the rows that all are trained on.
var (
	sweptGroups   = []string{"SAE", "Sparsity"}
	sweptSettings = []string{
		"lr", "lr_scheduler_name", "lr_end", "n_restart_cycles", "lr_warm_up_steps", "lr_decay_steps",
		"l1_warm_up_steps", "l0_warm_up_steps", "adam_beta1", "adam_beta2", "autocast", "b_dec_init_method",
		"dead_feature_window", "dead_feature_method", "feature_sampling_window", "compat",
	}
	// sweptAs are the settings that other keys stand for in a sweep: seed draws the rows,
	// too, which members share.
	sweptAs = map[string]string{"seed": "init_seed"}
)

// settingOf returns the setting that a key of a sweep stands for.
func settingOf(key string) string {
	if other, ok := sweptAs[key]; ok {
		return other
	}
	return key
}

// choice is a value of a setting, with how it stands in a member's name.
type choice struct {
	setting string
	text    string
	value   reflect.Value
}

// choices returns the values of each axis, or all that is wrong with them.
func (s Sweep) choices(k Kind) ([][]choice, error) {
	settings := map[string]setting{}
	for _, one := range settingsOf(k) {
		settings[one.key] = one
	}
	var out [][]choice
	var errs, unfit []error
	given := map[string]bool{}
	for _, a := range s {
		key := settingOf(a.key)
		one, ok := settings[key]
		switch {
		case !ok:
			unfit = append(unfit, fmt.Errorf("there is no setting %s", a.key))
		case !one.sweepable():
			unfit = append(unfit, fmt.Errorf("%s is for all members, which are trained on the same rows in the same run", a.key))
		case given[key]:
			errs = append(errs, fmt.Errorf("%s is given twice: put its values into one list", a.key))
		default:
			values, err := a.choices(one)
			out, errs = append(out, values), append(errs, err)
		}
		given[key] = true
	}
	if unfit != nil {
		errs = append(errs, fmt.Errorf("%w: want one of %s", errors.Join(unfit...), sweepable(settings)))
	}
	return out, errors.Join(errs...)
}

// sweepable says whether members may differ in s.
func (s setting) sweepable() bool {
	return slices.Contains(sweptGroups, s.group) || slices.Contains(sweptSettings, s.key)
}

// sweepable lists what may be swept.
func sweepable(settings map[string]setting) string {
	keys := []string{"seed"}
	for _, g := range groups {
		for _, o := range g.options {
			if s, ok := settings[o.key]; ok && s.sweepable() {
				keys = append(keys, o.key)
			}
		}
	}
	return strings.Join(keys, ", ")
}

// choices returns the values of a for a setting.
func (a axis) choices(s setting) (out []choice, err error) {
	for _, text := range a.values {
		var node yaml.Node
		v := reflect.New(s.value.Type()).Elem()
		if err := yaml.Unmarshal([]byte(text), &node); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", a.key, text, err)
		}
		if n := node.Content[0]; n.Tag == "!!null" || n.Decode(v.Addr().Interface()) != nil {
			return nil, fmt.Errorf("%s: %q is no value: want %s", a.key, text, wantedInSweep(v.Kind()))
		}
		c := choice{s.key, a.key + "=" + show(v), v}
		if !inName.MatchString(c.text) {
			return nil, fmt.Errorf("%s: %q is no value of it", a.key, text)
		}
		if slices.ContainsFunc(out, func(o choice) bool { return o.text == c.text }) {
			return nil, fmt.Errorf("%s has the value %s twice", a.key, show(v))
		}
		out = append(out, c)
	}
	return out, nil
}

// wantedInSweep says what one value of a list looks like.
func wantedInSweep(k reflect.Kind) string {
	switch k {
	case reflect.Slice:
		return "lists in brackets, such as [16,64],[32,64]"
	case reflect.String:
		return "a word"
	}
	return wanted[k]
}

// inName matches what every file system has in names of folders.
var inName = regexp.MustCompile(`^[\w.,+=-]*$`)

// show returns a value as it stands in the name of a folder.
func show(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, show(v.Index(i)))
		}
		return strings.Join(parts, "-")
	}
	return fmt.Sprint(v.Interface())
}
