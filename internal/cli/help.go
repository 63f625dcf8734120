package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is the number of columns of --help.
const helpWidth = 100

// helpOf returns a function that prints a command's help with the settings of l in
// their groups.
func helpOf(l *layers) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, _ []string) {
		_, _ = io.WriteString(cmd.OutOrStdout(), helpText(cmd, l)) // nobody to tell
	}
}

func helpText(cmd *cobra.Command, l *layers) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s [flags]\n\nExamples:\n%s\n", about, cmd.CommandPath(), cmd.Example)
	own := cmd.LocalFlags()
	grouped := map[string]bool{"help": true}
	parts := []*pflag.FlagSet{newPart("Command")}
	for _, g := range groups {
		part := newPart(g.title)
		for _, v := range l.given {
			if name := v.setting.flag(); v.setting.group == g.title {
				part.AddFlag(own.Lookup(name))
				grouped[name] = true
			}
		}
		parts = append(parts, part)
	}
	own.VisitAll(func(f *pflag.Flag) {
		if !grouped[f.Name] {
			parts[0].AddFlag(f)
		}
	})
	for _, part := range parts {
		writeFlags(&b, part)
	}
	return b.String()
}

func newPart(title string) *pflag.FlagSet {
	part := pflag.NewFlagSet(title, pflag.ContinueOnError)
	part.SortFlags = false
	return part
}

// writeFlags prints flags that have no letter, without the room for one.
func writeFlags(b *strings.Builder, flags *pflag.FlagSet) {
	if !flags.HasFlags() {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", flags.Name())
	for line := range strings.Lines(flags.FlagUsagesWrapped(helpWidth)) {
		b.WriteString(strings.TrimPrefix(line, "    "))
	}
}
