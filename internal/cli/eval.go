package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

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
			"those of any data and model, with --sae, --model, --data and --hook, or --activations.",
		Example: fmt.Sprintf("  %s eval --run out/gpt2\n  %s eval --sae DIR --model DIR --data PATH --hook NAME", name, name),
		Args:    noArguments,
	}
	var o evalOptions
	cmd.Flags().StringVar(&o.run, "run", "", "`DIR` of a run, whose settings are used; flags override them")
	cmd.Flags().StringVar(&o.sae, "sae", "", "`DIR` of an SAE; default that of the run")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	l := newLayers(k, cmd.Flags(), func(s setting) bool {
		return slices.Contains(evalGroups, s.group) && !slices.Contains(ofRun, s.key)
	})
	cmd.SetHelpFunc(helpOf(l))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.run == "" && o.sae == "" {
			return usage(errors.New("--run or --sae is missing: name the folder of a run or of an SAE"))
		}
		if o.run != "" {
			if err := noSweep(o.run); err != nil {
				return err
			}
			l.config = run.Config(o.run)
			if _, err := os.Stat(l.config); err != nil {
				return fmt.Errorf("run %s: no config.yaml: name the folder of a run", o.run)
			}
		}
		if err := l.load(); err != nil {
			return err
		}
		if err := l.overStore(cmd.Context(), nil); err != nil {
			return err
		}
		if err := required(k, false); err != nil {
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
	s, err := open(ctx, stderr, k)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if w := s.mismatch(from); w != "" {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
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

// mismatch says what differs between what an SAE was trained on and what it is to be
// measured on, if anything does and is known.
func (s *session) mismatch(from sae.Provenance) string {
	differs := func(key, now string) bool { was, ok := from[key].(string); return ok && was != now }
	model, digest := s.origin()
	switch {
	case differs("model_digest", digest):
		return fmt.Sprintf("the SAE was trained on model %v (%v), this one is %s (%s): the figures say little unless it is the same network",
			from["model_name"], from["model_digest"], model, digest)
	case differs("hook_name", s.kind.Hook()):
		return fmt.Sprintf("the SAE was trained at hook %v, not %s: the figures say little", from["hook_name"], s.kind.Hook())
	}
	return ""
}
