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
	cmd.SetHelpFunc(helpOf(l))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := l.load(); err != nil {
			return err
		}
		if err := required(k, true); err != nil {
			return err
		}
		return trainSAE(cmd.Context(), k, stdout, stderr)
	}
	return cmd
}

// trainSAE runs the whole job: it opens what is needed, trains, saves and reports.
func trainSAE(ctx context.Context, k Kind, stdout, stderr io.Writer) (err error) {
	s, err := open(ctx, k, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := useBF16(s.cfg, stderr); err != nil {
		return err
	}
	for _, w := range s.cfg.Train.Warnings() {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
	}
	folder, err := run.Create(s.cfg.Output, s.cfg.Overwrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	config, err := resolved(k)
	if err != nil {
		return err
	}
	if err := folder.WriteConfig(config); err != nil {
		return err
	}
	j := &job{session: s, folder: folder, stderr: stderr}
	if err := j.run(ctx); err != nil {
		return j.explain(err)
	}
	return j.report(stdout)
}
