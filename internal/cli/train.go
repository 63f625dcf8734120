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
			"  %s train --model DIR --data PATH --hook NAME --output DIR\n  %s train --config run.yaml --k 64", name, name, name),
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
	if output := k.Config().Output; before != nil && run.Finished(output) {
		_, err := fmt.Fprintf(stdout, "%s is finished: its SAE is in %s\n", output, run.SAE(output))
		return err
	}
	s, err := open(ctx, k, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := useBF16(s.cfg, stderr); err != nil {
		return err
	}
	for _, w := range s.cfg.Train.WarningsFor(s.cfg.SAE) {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
	}
	if w := s.cfg.memory().warning(availableMemory()); w != "" {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
	}
	j := &job{session: s, stderr: stderr}
	if err := j.open(before); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.folder.Close()) }()
	if err := j.run(ctx); err != nil {
		return j.explain(err)
	}
	return j.report(stdout)
}
