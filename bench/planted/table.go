package main

import (
	"fmt"
	"io"
	"strings"
)

// columns of the table: each is a mean over the seeds.
var columns = []struct {
	name, format string
	of           func(outcome) float64
}{
	{"atoms recovered", "%.1f %%", func(o outcome) float64 { return 100 * o.recovered }},
	{"explained variance", "%.3f", func(o outcome) float64 { return o.of.ExplainedVariance }},
	{"L0", "%.2f", func(o outcome) float64 { return o.of.L0 }},
	{"dead latents", "%.0f", func(o outcome) float64 { return float64(o.of.Dead) }},
	{"seconds", "%.1f", func(o outcome) float64 { return o.seconds }},
}

// print writes the comparison as Markdown.
func (b *bench) print(w io.Writer, ours, theirs outcomes) error {
	var s strings.Builder
	s.WriteString("| architecture |")
	for _, c := range columns {
		fmt.Fprintf(&s, " %s: saego | sae-lens |", c.name)
	}
	s.WriteString("\n|---|" + strings.Repeat("---:|", 2*len(columns)) + "\n")
	for _, c := range b.cases {
		if c.name != c.SAE.Architecture {
			continue
		}
		fmt.Fprintf(&s, "| %s |", c.name)
		for _, col := range columns {
			fmt.Fprintf(&s, " %s | %s |", mean(ours[c.name], col.format, col.of), mean(theirs[c.name], col.format, col.of))
		}
		s.WriteString("\n")
	}
	b.printThresholds(&s, ours, theirs)
	_, err := io.WriteString(w, s.String())
	return err
}

// printThresholds compares what the thresholds let through.
func (b *bench) printThresholds(s *strings.Builder, ours, theirs outcomes) {
	fmt.Fprintf(s, "\n| inference L0 where k is %g | steps | saego, calibrated | saego, running mean | sae-lens |\n|---|---:|---:|---:|---:|\n", b.data.L0)
	calibrated := func(o outcome) float64 { return o.of.L0 }
	running := func(o outcome) float64 { return o.runningL0 }
	for _, c := range b.cases {
		if _, tracks := ours[short(c.SAE.Architecture)]; tracks {
			fmt.Fprintf(s, "| %s | %d | %s | %s | %s |\n", c.SAE.Architecture, c.Train.Steps(),
				mean(ours[c.name], "%.2f", calibrated), mean(ours[c.name], "%.2f", running), mean(theirs[c.name], "%.2f", running))
		}
	}
}

// mean of f over all, "–" where there is none.
func mean(all []outcome, format string, f func(outcome) float64) string {
	if len(all) == 0 {
		return "–"
	}
	var sum float64
	for _, o := range all {
		sum += f(o)
	}
	return fmt.Sprintf(format, sum/float64(len(all)))
}
