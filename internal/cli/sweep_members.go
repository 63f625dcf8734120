package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// membersOf returns the settings of each run that k, of which nothing is resolved yet,
// stands for: those of k itself where there is no sweep.
func membersOf(k Kind) ([]Kind, error) {
	if len(k.Config().Sweep) == 0 {
		return []Kind{k}, nil
	}
	axes, err := k.Config().Sweep.choices(k)
	if err != nil {
		return nil, usage(fmt.Errorf("sweep: %w", err))
	}
	combinations := [][]choice{nil}
	for _, values := range axes {
		var longer [][]choice
		for _, c := range combinations {
			for _, v := range values {
				longer = append(longer, append(slices.Clone(c), v))
			}
		}
		combinations = longer
	}
	var members []Kind
	for _, c := range combinations {
		members = append(members, memberOf(k, c))
	}
	return members, usage(together(members))
}

// memberOf returns the settings of k with these values.
func memberOf(k Kind, values []choice) Kind {
	m := k.Clone()
	settings := fields(m.Settings())
	var name []string
	for _, v := range values {
		settings[v.setting].value.Set(v.value)
		name = append(name, v.text)
	}
	c := m.Config()
	c.Sweep, c.CheckpointPath = nil, "" // checkpoints are those of the sweep
	c.Output = filepath.Join(c.Output, strings.Join(name, ","))
	if c.Logger.RunName != "" {
		c.Logger.RunName += " " + memberName(m)
	}
	return m
}

// memberName returns the name of a member, which is that of its folder.
func memberName(k Kind) string { return filepath.Base(k.Config().Output) }

// together says why members cannot train on the same batches.
func together(members []Kind) error {
	var errs []error
	first := members[0].Config()
	for _, m := range members {
		if m.Config().SAE.Transcodes() != first.SAE.Transcodes() {
			errs = append(errs, fmt.Errorf("sweep: architecture: %s is a transcoder and %s is not: they read other rows, "+
				"sweep them apart", m.Config().SAE.Architecture, first.SAE.Architecture))
			break
		}
	}
	for _, m := range members {
		if name := memberName(m); len(name) > longestName {
			errs = append(errs, fmt.Errorf("sweep: %s is no name for a folder: sweep less at once", name))
			break
		}
	}
	if first.Logger.LogToWandb && first.Logger.WandbID != "" {
		errs = append(errs, errors.New("sweep: wandb_id is given, but each member is a run of its own: leave it out"))
	}
	return errors.Join(errs...)
}

const longestName = 255 // of a folder, in bytes, on all usual file systems
