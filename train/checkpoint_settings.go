package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/saego/saego/sae"
)

// settings are everything that two runs must have in common for one to go on where
// the other was.
type settings struct {
	Trainer map[string]json.RawMessage `json:"trainer"` // a resolved [Config]
	SAE     map[string]json.RawMessage `json:"sae"`     // an sae.Config
}

func newSettings(cfg Config, of sae.Config) (s settings, err error) {
	if s.Trainer, err = byKey(cfg); err == nil {
		s.SAE, err = byKey(of)
	}
	return s, err
}

// byKey returns the fields of a configuration, as JSON, by their keys.
func byKey(config any) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	v := reflect.ValueOf(config)
	for i := range v.NumField() {
		key := keyOf(v.Type().Field(i))
		text, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = text
	}
	return out, nil
}

// keyOf returns the name under which users know a field.
func keyOf(f reflect.StructField) string {
	for _, tag := range []string{"yaml", "json"} {
		if key, _, _ := strings.Cut(f.Tag.Get(tag), ","); key != "" && key != "-" {
			return key
		}
	}
	return strings.ToLower(f.Name)
}

// digest stands for s in other files.
func (s settings) digest() (string, error) {
	text, err := json.Marshal(s)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// differs names each setting of s, a run's, that was another in a checkpoint.
func (s settings) differs(was settings) error {
	return errors.Join(differ(s.Trainer, was.Trainer), differ(s.SAE, was.SAE))
}

func differ(is, was map[string]json.RawMessage) error {
	all := maps.Clone(is)
	maps.Copy(all, was)
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(all)) {
		a, b := text(is, key), text(was, key)
		if a != b {
			errs = append(errs, fmt.Errorf("%s is %s, but was %s when it was written: "+
				"go on with the settings of the run, or start a new one", key, a, b))
		}
	}
	return errors.Join(errs...)
}

func text(settings map[string]json.RawMessage, key string) string {
	v, ok := settings[key]
	if !ok {
		return "unknown"
	}
	var out bytes.Buffer
	if err := json.Compact(&out, v); err != nil {
		return string(v)
	}
	return out.String()
}
