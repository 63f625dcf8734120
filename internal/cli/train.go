package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/saego/saego/internal/run"
)

func trainCommand(k Kind, stdout, stderr io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an SAE on the activations at one hook point",
		Long: "Train an SAE on the activations at one hook point.\n\nA setting comes from its default, then --preset, then --config, then its flag; " +
			"later ones win.",
		Example: fmt.Sprintf("  %s train --preset demo --output out/demo\n"+
			"  %s train --model DIR --data PATH --hook NAME --output DIR\n  %s train --config run.yaml --k 64\n"+
			"  %s train --activations STORE --output DIR\n"+
			"  %s train --config run.yaml --sweep k=16,32,64 --sweep lr=1e-3,3e-4", name, name, name, name, name),
		Args: noArguments,
	}
	l := newLayers(k, cmd.Flags(), func(setting) bool { return true })
	cmd.Flags().StringVar(&l.config, "config", "", "`FILE` of settings in YAML; its keys are the flags' names with underscores")
	resume := cmd.Flags().Bool("resume", false, "go on with the run in the output folder, with its settings; start it if there is none")
	cmd.SetHelpFunc(helpOf(l))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := l.load(); err != nil {
			return err
		}
		var before []byte
		if *resume {
			var err error
			if before, err = l.loadOver(k.Config().Output); err != nil {
				return err
			}
		}
		if err := l.overStore(cmd.Context(), before); err != nil {
			return err
		}
		if err := required(k, true); err != nil {
			return err
		}
		return trainSAE(cmd.Context(), k, before, stdout, stderr)
	}
	return cmd
}

// trainSAE runs the whole job: it opens what is needed, trains, saves and reports.
// before are the settings of the run that goes on, nil for a new one.
func trainSAE(ctx context.Context, k Kind, before []byte, stdout, stderr io.Writer) (err error) {
	output := k.Config().Output
	if sweep := run.SweepOf(output); sweep != "" {
		return usage(fmt.Errorf("output %s is a member of the sweep %s: resume that, or name another folder", output, sweep))
	}
	if before != nil && run.Finished(output) {
		return tellFinished(stdout, output)
	}
	kinds, err := membersOf(k)
	if err != nil {
		return err
	}
	s, err := open(ctx, stderr, kinds...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d, err := openDevices(k.Config(), stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if d.card == nil { // a card multiplies bfloat16 itself
		if err := useBF16(stderr, kinds...); err != nil {
			return err
		}
	}
	warn(stderr, kinds)
	if err := s.measureDrift(ctx, stderr); err != nil {
		return err
	}
	j := newJob(s, k, kinds, stderr)
	j.devices = d
	if err := j.open(before); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.folder.Close()) }()
	if err := j.run(ctx); err != nil {
		return j.explain(err)
	}
	return j.report(stdout)
}

// warn tells what is allowed, but makes a run less than it could be: once of all members
// of a sweep.
func warn(stderr io.Writer, kinds []Kind) {
	told := map[string]bool{}
	for _, k := range kinds {
		c := k.Config()
		for _, w := range c.Train.WarningsFor(c.SAE) {
			if !told[w] {
				_, _ = fmt.Fprintln(stderr, "warning:", w)
			}
			told[w] = true
		}
	}
	if w := memoryOf(kinds).warning(availableMemory()); w != "" {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
	}
}

func tellFinished(w io.Writer, output string) (err error) {
	if len(run.Members(output)) > 0 {
		_, err = fmt.Fprintf(w, "%s is finished: the table of its SAEs is %s\n", output, run.Table(output))
	} else {
		_, err = fmt.Fprintf(w, "%s is finished: its SAE is in %s\n", output, run.SAE(output))
	}
	return err
}
