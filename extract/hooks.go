package extract

import (
	"errors"
	"fmt"
	"strings"

	"github.com/saego/saego/models"
)

// hooks are the hook points that a source reads.
type hooks struct {
	in  models.Hook // of the rows
	out models.Hook // of the targets; without a name for none
}

// findHooks returns the hooks of these names, of which out may be empty.
func findHooks(spec *models.Spec, in, out string) (h hooks, err error) {
	if h.in, err = findHook(spec, "hook", in); err != nil || out == "" {
		return h, err
	}
	h.out, err = findHook(spec, "hook_out", out)
	return h, err
}

// findHook returns the hook that the key names, or an error that lists those that
// exist.
func findHook(spec *models.Spec, key, name string) (models.Hook, error) {
	names := make([]string, len(spec.Hooks))
	for i, h := range spec.Hooks {
		if h.Name == name {
			return h, nil
		}
		names[i] = h.Name
	}
	return models.Hook{}, fmt.Errorf("%s %q: model %s has no such hook: choose one of %s",
		key, name, spec.Name, strings.Join(names, ", "))
}

// checkHooks says what is wrong with the names of hooks.
func checkHooks(in, out string) error {
	if in == "" {
		return errors.New("hook is empty, want the name of a hook point")
	}
	if in == out {
		return fmt.Errorf("hook_out is %q, as hook is: name another hook point, or none for an autoencoder", out)
	}
	return nil
}

// info describes what is read from a model, name@digest.
func (h hooks) info(model string) Info {
	return Info{Model: model, Hook: h.in.Name, DIn: h.in.DIn, Target: h.out.Name, DOut: h.out.DIn}
}
