package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/extract/store"
)

// Parts of a store that extract writes.
const (
	partTrain = "train"
	partHeld  = "held"
)

// inBucket says whether a store's path is the URL of one in a bucket.
func inBucket(path string) bool { return strings.Contains(path, "://") }

// openPlace opens where a store lies: a folder, or a bucket.
func openPlace(ctx context.Context, path string) (store.Place, error) {
	if inBucket(path) {
		return openBucket(ctx, path)
	}
	return store.Folder(path), nil
}

// openStored opens the store that is named; it must be of this kind.
func openStored(ctx context.Context, k Kind) (*store.Store, error) {
	place, err := openPlace(ctx, k.Config().Activations)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, place)
	if err != nil {
		return nil, err
	}
	if unit := s.Manifest().Unit; unit != k.Unit() {
		name, _, _ := k.Program()
		return nil, fmt.Errorf("store %v: a row is of a %s, for %s of a %s: use the other program", place, unit, name, k.Unit())
	}
	return s, nil
}

// overStore loads the settings again, over those with which the rows were stored, where
// they are. before are the settings of the run that goes on.
func (l *layers) overStore(ctx context.Context, before []byte) error {
	c := l.kind.Config()
	if c.Activations == "" {
		return nil
	}
	s, err := openStored(ctx, l.kind)
	if err != nil {
		return err
	}
	stored := storedSettings(s.Manifest())
	text, err := json.Marshal(stored) // which is YAML, too
	if err != nil {
		return err
	}
	output := c.Output
	if err := decodeStrict(text, l.kind); err != nil {
		return fmt.Errorf("store %s: settings: %w", c.Activations, err)
	}
	if err := decodeStrict(before, l.kind); err != nil {
		return err
	}
	if err := l.load(); err != nil {
		return err
	}
	c.Output = output
	return usage(errors.Join(sameAsStored(l.kind, stored), enoughHeld(c, s.Manifest())))
}

// storedSettings returns all that a store says of settings. Held-out rows are its own.
func storedSettings(m store.Manifest) map[string]json.RawMessage {
	out := maps.Clone(m.Settings)
	if out == nil {
		out = map[string]json.RawMessage{}
	}
	set := func(key string, v any) {
		out[key], _ = json.Marshal(v) // numbers and strings have no error
	}
	set("hook", m.Hook)
	set("hook_out", m.Target)
	if held, ok := m.Part(partHeld); ok {
		set("eval_rows", held.Rows)
	} else {
		set("held_out_fraction", 0)
	}
	return out
}

// sameAsStored reports every setting that decides the rows and has another value than the
// store's.
func sameAsStored(k Kind, stored map[string]json.RawMessage) error {
	var errs []error
	for _, s := range settingsOf(k) {
		text, ok := stored[s.key]
		if !ok || s.key == "eval_rows" {
			continue
		}
		was := reflect.New(s.value.Type())
		if err := yaml.Unmarshal(text, was.Interface()); err != nil {
			return fmt.Errorf("store %s: %s: %w", k.Config().Activations, s.key, plain(err))
		}
		if fmt.Sprint(was.Elem().Interface()) != fmt.Sprint(s.value.Interface()) { // an empty list is like none
			errs = append(errs, fmt.Errorf("%s is %v, that of the rows in %s %v%s",
				s.key, s.value.Interface(), k.Config().Activations, was.Elem().Interface(), instead[s.key]))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: leave the flag out, or extract other rows", errors.Join(errs...))
	}
	return nil
}

// instead says what may be meant by a setting that has to be the store's.
var instead = map[string]string{"seed": " (for another initialisation there is init_seed)"}

// enoughHeld says whether there are as many held-out rows as are asked for.
func enoughHeld(c *Config, m store.Manifest) error {
	held, ok := m.Part(partHeld)
	if !ok || held.Complete || c.EvalRows <= held.Rows {
		return nil
	}
	return fmt.Errorf("eval_rows is %d, %s has %d: ask for fewer, or extract more", c.EvalRows, c.Activations, held.Rows)
}

// decides says whether a setting decides the rows that are stored, beside the hook points.
func (s setting) decides() bool {
	switch s.group {
	case "Rows", "Data set":
		return s.key != "eval_rows" && !slices.Contains(ofRun, s.key)
	}
	return slices.Contains([]string{"model", "data", "seed"}, s.key)
}

// rowSettings returns the settings that decide the rows of k.
func rowSettings(k Kind) map[string]any {
	out := map[string]any{}
	for _, s := range settingsOf(k) {
		if s.decides() {
			out[s.key] = s.value.Interface()
		}
	}
	return out
}
