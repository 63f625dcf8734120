package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/sae"
)

// extractOptions are what extract can be told beside the settings that decide the rows.
type extractOptions struct {
	output    string
	overwrite bool
	dtype     string
	shardRows int
	totalRows int
}

func extractCommand(k Kind, stdout, stderr io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "extract",
		Short: "Store the rows at a hook point for many trainings",
		Long: "Store the rows at a hook point, as safetensors files, for many trainings: those of one pass\n" +
			"over the data, of which the held-out ones are a part of their own. Called again after an\n" +
			"interruption, it goes on where it was.",
		Example: fmt.Sprintf("  %s extract --model DIR --data PATH --hook NAME --output STORE\n"+
			"  %s extract --preset demo --output STORE --dtype F32\n  %s train --activations STORE --output DIR", name, name, name),
		Args: noArguments,
	}
	o := extractOptions{}
	d := store.DefaultConfig()
	cmd.Flags().StringVar(&o.output, "output", "", "`STORE` to write: a folder, or the URL of one in a bucket")
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace a store that is there")
	cmd.Flags().StringVar(&o.dtype, "dtype", string(d.DType), "`NAME` of how values are stored: F16, BF16 or F32")
	cmd.Flags().IntVar(&o.shardRows, "shard-rows", d.ShardRows, "rows of a file; as many are held in memory")
	cmd.Flags().IntVar(&o.totalRows, "total-rows", 0, "rows to train on; 0 = all of the data")
	l := newLayers(k, cmd.Flags(), func(s setting) bool {
		return slices.Contains(evalGroups, s.group) && !slices.Contains(ofRun, s.key) && !slices.Contains(ofTraining, s.key)
	})
	cmd.Flags().StringVar(&l.config, "config", "", "`FILE` of settings in YAML, such as a run's config.yaml")
	cmd.SetHelpFunc(helpOf(l))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := l.load(); err != nil {
			return err
		}
		if o.output == "" {
			return usage(errors.New("--output is missing: name a folder or a URL for the store"))
		}
		k.Config().Activations = "" // of a run's config.yaml
		if err := required(k, false); err != nil {
			return err
		}
		return extractRows(cmd.Context(), k, o, stdout, stderr)
	}
	return cmd
}

// extractRows writes the store, or what is missing of it.
func extractRows(ctx context.Context, k Kind, o extractOptions, stdout, stderr io.Writer) (err error) {
	place, err := openPlace(ctx, o.output)
	if err != nil {
		return err
	}
	cfg, err := o.config(k)
	if err != nil {
		return err
	}
	s := &session{kind: k, kinds: []Kind{k}, cfg: k.Config()}
	if k.HookOut() != "" {
		s.cfg.SAE.Architecture = sae.Transcoder // which has a use for it
	}
	s.cfg.passes = 1
	if err := s.openModel(ctx, []Kind{k}); err != nil {
		return err
	}
	s.useThreads()
	if err := s.openNetwork(ctx, stderr); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if o.overwrite {
		if err := removeStore(ctx, place); err != nil {
			return err
		}
	}
	if err := s.measureDrift(ctx, stderr); err != nil {
		return err
	}
	parts, err := s.parts(ctx, o.totalRows)
	if err != nil {
		return err
	}
	cfg.Settings = rowSettings(k)
	if !s.exact() {
		cfg.Precision, cfg.Drift = s.precision(), s.drift
	}
	bar := &rowProgress{out: stderr}
	cfg.Progress = bar.show
	m, err := store.Write(ctx, place, parts, cfg)
	bar.close()
	if errors.Is(err, errInterrupted) {
		return fmt.Errorf("%w with %d rows stored: the same command goes on behind them", errInterrupted, m.Rows())
	}
	if err != nil {
		return err
	}
	t := describeStore(place, m)
	return t.write(stdout)
}

// config returns that of the store but for its settings.
func (o extractOptions) config(k Kind) (store.Config, error) {
	dtype, err := store.ParseDType(o.dtype)
	if o.totalRows < 0 {
		err = errors.Join(err, fmt.Errorf("total_rows is %d, want 0 (all) or more", o.totalRows))
	}
	c := store.Config{DType: dtype, ShardRows: o.shardRows, Unit: k.Unit()}
	if err == nil {
		err = c.Validate()
	}
	return c, usage(err)
}

// removeStore removes a store, if there is one.
func removeStore(ctx context.Context, place store.Place) error {
	there, err := place.List(ctx)
	if err != nil || len(there) == 0 {
		return err
	}
	return store.Remove(ctx, place)
}

// parts are the rows to train on and those that are held out. The latter come first: a
// store that is cut short can be evaluated on.
func (s *session) parts(ctx context.Context, rows int) (out []store.Part, err error) {
	add := func(name string, src Source, rows int) error {
		resumer, ok := src.(extract.Resumer)
		if !ok {
			return fmt.Errorf("a %T cannot start in the middle", src)
		}
		examples, err := examplesOf(ctx, src)
		out = append(out, store.Part{Name: name, Source: resumer, Rows: rows, Examples: examples})
		return err
	}
	if s.held != nil {
		err = add(partHeld, s.held, s.cfg.EvalRows)
	}
	if err == nil {
		err = add(partTrain, s.train, rows)
	}
	return out, err
}

// examplesOf counts the examples of a pass over src, where it can.
func examplesOf(ctx context.Context, src extract.Source) (int, error) {
	if c, ok := src.(interface {
		Examples(ctx context.Context) (int, error)
	}); ok {
		return c.Examples(ctx)
	}
	return 0, nil
}
