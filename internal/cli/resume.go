package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/run"
)

// May differ between a run and its resumption: where and how fast it runs, and what is
// kept and told of it, but not what comes of it.
var (
	freeGroups   = []string{"Machine", "Logging"}
	freeSettings = []string{"preset", "output", "overwrite", "checkpoint_path", "checkpoint_minutes", "keep_checkpoints"}
	lateSettings = []string{"sweep", "activations"} // that a run without them does not write down, or not always did
)

// stored returns the settings of the run in the output folder, nil where there is none.
func stored(output string) ([]byte, error) {
	if output == "" {
		return nil, nil // required says so
	}
	data, err := os.ReadFile(run.Config(output))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	return data, nil
}

// sameSettings reports every setting of k, resolved, in which the run before had
// another value.
func sameSettings(k Kind, before []byte) error {
	var was map[string]yaml.Node
	if err := yaml.Unmarshal(before, &was); err != nil {
		return fmt.Errorf("resume: %s: %w", run.Config(k.Config().Output), plain(err))
	}
	var errs []error
	for _, s := range settingsOf(k) {
		node, known := was[s.key]
		if !known && slices.Contains(lateSettings, s.key) && !s.value.IsZero() {
			errs = append(errs, fmt.Errorf("%s is %v, the run had none", s.key, s.value.Interface()))
		}
		if !known || slices.Contains(freeGroups, s.group) || slices.Contains(freeSettings, s.key) {
			continue
		}
		old := reflect.New(s.value.Type())
		if err := node.Decode(old.Interface()); err != nil {
			return fmt.Errorf("resume: %s: %s: %w", run.Config(k.Config().Output), s.key, plain(err))
		}
		if fmt.Sprint(old.Elem().Interface()) != fmt.Sprint(s.value.Interface()) { // an empty list is like none
			errs = append(errs, fmt.Errorf("%s is %v, the run had %v", s.key, s.value.Interface(), old.Elem().Interface()))
		}
	}
	if len(errs) > 0 {
		return usage(fmt.Errorf("resume: %w: leave the flag out, or start a new run in another folder", errors.Join(errs...)))
	}
	return nil
}

// lastWhole returns the newest checkpoint that can be resumed from, nil where there is
// none at all. Damaged ones are told to log; if all are, that is an error, since
// starting anew would lose what the run has done.
func lastWhole(c run.Checkpoints, log io.Writer) (*run.Checkpoint, error) {
	all, err := c.List()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var reasons []string
	for _, one := range all {
		err := one.Verify()
		if err == nil {
			if len(reasons) > 0 {
				_, _ = fmt.Fprintf(log, "warning: %s: going on from an earlier checkpoint\n", strings.Join(reasons, "; "))
			}
			return &one, nil
		}
		reasons = append(reasons, err.Error())
	}
	return nil, fmt.Errorf("resume: no checkpoint is whole: %s: restore one, or start again with --overwrite", strings.Join(reasons, "; "))
}

// loadOver loads the settings again, over those of the run in the output folder, and
// returns the latter; nil where there is no run.
func (l *layers) loadOver(output string) ([]byte, error) {
	before, err := stored(output)
	if err != nil || before == nil {
		return nil, err
	}
	if err := decodeStrict(before, l.kind); err != nil {
		return nil, fmt.Errorf("resume: %s: %w", run.Config(output), err)
	}
	if err := l.load(); err != nil {
		return nil, err
	}
	l.kind.Config().Output = output
	return before, nil
}

// open makes the run's folder, or takes it up where the run before left it.
func (j *job) open(before []byte) (err error) {
	if before == nil {
		if j.folder, err = run.Create(j.base.Config().Output, j.base.Config().Overwrite); err != nil {
			return err
		}
	} else {
		if err := sameSettings(j.base, before); err != nil {
			return err
		}
		if j.folder, err = run.Reopen(j.base.Config().Output); err != nil {
			return err
		}
	}
	if err := j.prepare(before != nil); err != nil {
		return errors.Join(err, j.folder.Close())
	}
	return nil
}

// prepare finds the checkpoint to go on from and writes the settings down.
func (j *job) prepare(goOn bool) (err error) {
	j.kept = run.Checkpoints{Dir: j.base.Config().CheckpointPath, Keep: j.base.Config().KeepCheckpoints}
	if j.kept.Dir == "" {
		j.kept.Dir = j.folder.Checkpoints()
	}
	if goOn {
		if err := j.kept.Sweep(); err != nil {
			return err
		}
		if j.from, err = lastWhole(j.kept, j.stderr); err != nil {
			return err
		}
	}
	config, err := resolved(j.base)
	if err != nil {
		return err
	}
	if err := j.folder.WriteConfig(config); err != nil {
		return err
	}
	return j.openFolders()
}
