package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// evalOptions are what eval can be told beside the settings of a run.
type evalOptions struct {
	run  string
	sae  string
	json bool
}

func evalCommand(k Kind, stdout, stderr io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure an SAE on held-out rows",
		Long: "Measure an SAE on held-out rows: those that its run kept apart, with --run; or\n" +
			"those of any data and model, with --sae, --model, --data and --hook.",
		Example: fmt.Sprintf("  %s eval --run out/gpt2\n  %s eval --sae DIR --model DIR --data PATH --hook NAME", name, name),
		Args:    noArguments,
	}
	var o evalOptions
	cmd.Flags().StringVar(&o.run, "run", "", "folder of a run, whose settings are used")
	cmd.Flags().StringVar(&o.sae, "sae", "", "folder of an SAE; default that of the run")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	l := newLayers(k, cmd.Flags())
	cmd.Flags().SortFlags = false
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.run == "" && o.sae == "" {
			return usage(errors.New("--run or --sae is missing: name the folder of a run or of an SAE"))
		}
		if o.run != "" {
			l.config = run.Config(o.run)
		}
		if err := l.load(); err != nil {
			return err
		}
		return evaluate(cmd.Context(), k, o, stdout, stderr)
	}
	return cmd
}

func evaluate(ctx context.Context, k Kind, o evalOptions, stdout, stderr io.Writer) (err error) {
	if o.sae == "" {
		o.sae = run.SAE(o.run)
	}
	m, from, err := sae.Load(o.sae)
	if err != nil {
		return err
	}
	k.Config().SAE = m.Config()
	s, err := open(k, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if digest, ok := from["model_digest"]; ok && digest != s.model.Digest() {
		_, _ = fmt.Fprintf(stderr, "warning: the SAE was trained on model %v, this one is %s\n", digest, s.model.Digest())
	}
	rows, err := s.heldRows(ctx)
	if err != nil {
		return err
	}
	if rows == nil {
		return usage(errors.New("held_out_fraction is 0, so there are no held-out rows: pass --held-out-fraction"))
	}
	e, err := train.Evaluate(ctx, m, rows)
	if err != nil {
		return err
	}
	if o.json {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(e)
	}
	t := table{}
	t.row("SAE", o.sae)
	printEvaluation(&t, e, m.Config())
	return t.write(stdout)
}
