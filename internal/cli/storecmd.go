package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saego/saego/extract/store"
)

func storeCommand(k Kind, stdout, stderr io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Look at stored rows",
		Long:  "Look at rows that extract stored.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("there is no command %q, see %s store --help", args[0], name))
			}
			return cmd.Help()
		},
	}
	var asJSON bool
	info := &cobra.Command{
		Use:     "info STORE",
		Short:   "Say what is in a store, finished or not",
		Example: fmt.Sprintf("  %s store info out/acts", name),
		Args:    oneStore,
		RunE: func(cmd *cobra.Command, args []string) error {
			return storeInfo(cmd.Context(), args[0], asJSON, stdout)
		},
	}
	info.Flags().BoolVar(&asJSON, "json", false, "print the manifest")
	verify := &cobra.Command{
		Use:     "verify STORE",
		Short:   "Read all of a store and name what is damaged, missing or foreign",
		Example: fmt.Sprintf("  %s store verify out/acts", name),
		Args:    oneStore,
		RunE: func(cmd *cobra.Command, args []string) error {
			return storeVerify(cmd.Context(), args[0], stdout, stderr)
		},
	}
	cmd.AddCommand(info, verify)
	return cmd
}

// oneStore wants one argument.
func oneStore(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(fmt.Errorf("store %s takes one store, got %q", cmd.Name(), args))
	}
	return nil
}

func storeInfo(ctx context.Context, path string, asJSON bool, stdout io.Writer) error {
	place, err := openPlace(ctx, path)
	if err != nil {
		return err
	}
	m, whole, err := store.Read(ctx, place)
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(m)
	}
	t := describeStore(place, m)
	if !whole {
		t.row("state", "not finished: the same extract command goes on")
	}
	for _, key := range slices.Sorted(maps.Keys(m.Settings)) {
		t.row(key, string(m.Settings[key]))
	}
	return t.write(stdout)
}

func storeVerify(ctx context.Context, path string, stdout, stderr io.Writer) error {
	place, err := openPlace(ctx, path)
	if err != nil {
		return err
	}
	bar := newProgress(stderr, 100)
	m, err := store.Verify(ctx, place, bar.percent)
	bar.close()
	if err != nil {
		return err
	}
	t := describeStore(place, m)
	t.row("verified", fmt.Sprintf("all %d shards are as they were written", m.Shards()))
	return t.write(stdout)
}

// describeStore says what is in a store.
func describeStore(place store.Place, m store.Manifest) table {
	t := table{}
	t.row("store", place.String())
	hooks := m.Hook
	if m.Target != "" {
		hooks += " to " + m.Target
	}
	t.row("model", fmt.Sprintf("%s, hook %s", m.Model, hooks))
	t.row("values", fmt.Sprintf("%s, %d to a row", m.DType, m.DIn+m.DOut))
	if d := m.Drift; d != nil {
		t.row("precision", fmt.Sprintf("%s, relative L2 %.2g from float32, at most %.2g", m.Precision, d.RelativeL2, d.MaxAbs))
	}
	var rows []string
	for _, p := range m.Parts {
		rows = append(rows, fmt.Sprintf("%s %d", p.Name, p.Rows))
	}
	t.row("rows", strings.Join(rows, ", "))
	t.row("size", fmt.Sprintf("%.1f MB in %d shards of %d rows", float64(m.Bytes())/1e6, m.Shards(), m.ShardRows))
	if train, ok := m.Part(partTrain); ok {
		t.row("read", fmt.Sprintf("%d examples", train.Counts.Examples))
		if d := dropped(train.Counts); d != "" {
			t.row("dropped", d)
		}
	}
	if m.ContentHash != "" {
		t.row("content", m.ContentHash)
	}
	return t
}
