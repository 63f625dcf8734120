package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/saego/saego/internal/run"
)

// outcome is what a member came to, for the table of a sweep.
type outcome struct {
	*member
	pareto bool
}

// outcomes returns those of all members by their L0, those that failed last.
func (j *job) outcomes() []outcome {
	var out []outcome
	for _, m := range j.members {
		out = append(out, outcome{m, m.lost == nil && j.held != nil && onFront(m, j.members)})
	}
	slices.SortStableFunc(out, func(a, b outcome) int {
		switch {
		case a.lost == nil && b.lost == nil:
			return cmp.Compare(a.l0(), b.l0())
		case a.lost == nil:
			return -1
		case b.lost == nil:
			return 1
		}
		return 0
	})
	return out
}

// l0 is that on the held-out rows, or in training where there are none.
func (m *member) l0() float64 {
	if m.job.held == nil {
		return m.final.L0
	}
	return m.last.L0
}

// onFront says whether m is on the Pareto front: no other member explains as much with
// as few active latents, and one of them better.
func onFront(m *member, members []*member) bool {
	a := m.last
	better := func(o *member) bool {
		b := o.last
		return o.lost == nil && b.L0 <= a.L0 && b.ExplainedVariance >= a.ExplainedVariance &&
			(b.L0 < a.L0 || b.ExplainedVariance > a.ExplainedVariance)
	}
	return !math.IsNaN(a.ExplainedVariance) && !slices.ContainsFunc(members, better)
}

// reportSweep writes the table of the members, and prints it.
func (j *job) reportSweep(w io.Writer) error {
	all := j.outcomes()
	path, err := j.folder.WriteTable(func(w io.Writer) error { return writeTable(w, j.swept(), all) })
	if err != nil {
		return err
	}
	t := table{}
	model, _ := j.origin()
	t.row("model", fmt.Sprintf("%s, hook %s", model, j.hookPoints()))
	j.reportRows(&t)
	if j.held != nil {
		t.row("held out", fmt.Sprintf("%d rows, on which:", j.first().last.Rows))
	}
	if err := t.write(w); err != nil {
		return err
	}
	if err := writeColumns(w, j.columns(all)); err != nil {
		return err
	}
	t = table{}
	if j.held != nil {
		t.row("*", "on the Pareto front: no other explains as much of the variance with as small an L0")
	}
	t.row("SAEs", run.SAE(filepath.Join(j.base.Config().Output, "MEMBER")))
	t.row("table", path)
	return t.write(w)
}

// columns returns what is printed of the members.
func (j *job) columns(all []outcome) [][]string {
	rows := [][]string{{"", "member", "L0", "expl. var.", "MSE", "dead"}}
	for _, o := range all {
		if o.lost != nil {
			rows = append(rows, []string{"", o.name, "–", "–", "–", "failed"})
			continue
		}
		row := []string{"", o.name, fmt.Sprintf("%.1f", o.l0()), "–", "–", "–"}
		if o.pareto {
			row[0] = "*"
		}
		if j.held != nil {
			row[3], row[4] = fmt.Sprintf("%.4f", o.last.ExplainedVariance), fmt.Sprintf("%.4g", o.last.MSE)
		}
		if o.deadKnown() {
			row[5] = fmt.Sprintf("%d of %d", o.final.Dead, o.cfg.SAE.DSAE)
		}
		rows = append(rows, row)
	}
	return rows
}

// writeColumns aligns rows, the first two columns at their left and the others at their
// right.
func writeColumns(w io.Writer, rows [][]string) error {
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := fmt.Sprintf("%-*s %-*s", width[0], r[0], width[1], r[1])
		for i, cell := range r[2:] {
			line += fmt.Sprintf("  %*s", width[i+2], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
