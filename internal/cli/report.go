package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// report prints what a run came to.
func (j *job) report(w io.Writer) error {
	if j.sweeps() {
		return j.reportSweep(w)
	}
	t, m := table{}, j.members[0]
	model, _ := j.origin()
	t.row("model", fmt.Sprintf("%s, hook %s", model, j.hookPoints()))
	if d := j.drift; d != nil {
		t.row("precision", fmt.Sprintf("%s by %s, relative L2 %.2g from float32", j.precision(), j.cfg.Runtime.Provider, d.RelativeL2))
	}
	t.row("architecture", fmt.Sprintf("%s, %d latents on %d values", m.cfg.SAE.Architecture, m.cfg.SAE.DSAE, m.cfg.SAE.DIn))
	j.reportRows(&t)
	if j.held != nil {
		printEvaluation(&t, m.last, m.cfg.SAE)
	} else {
		t.row("L0", fmt.Sprintf("%.1f in training", m.final.L0))
	}
	t.row("dead", m.dead())
	t.row("SAE", j.folder.SAE())
	return t.write(w)
}

// reportRows adds the lines about what was trained on.
func (j *job) reportRows(t *table) {
	final := j.first().final
	t.row("rows", fmt.Sprintf("%d, in %d steps of %d", final.Samples, final.Step, j.cfg.Train.TrainBatchSizeSamples))
	t.row("rows/s", fmt.Sprintf("%.0f, reading included", float64(final.Samples)/j.took.Seconds()))
	c := j.train.Counts()
	t.row("read", fmt.Sprintf("%d examples in %s over the data", c.Examples, passes(c.Passes+1)))
	if d := dropped(c); d != "" {
		t.row("dropped", d)
	}
}

// hookPoints names what is read, and what is predicted from it.
func (j *job) hookPoints() string {
	if out := j.kind.HookOut(); out != "" {
		return j.kind.Hook() + " to " + out
	}
	return j.kind.Hook()
}

func passes(n int64) string {
	if n == 1 {
		return "one pass"
	}
	return fmt.Sprintf("%d passes", n)
}

// dead says how many latents stopped firing in training.
func (m *member) dead() string {
	window := m.cfg.Train.DeadFeatureWindow
	if !m.deadKnown() {
		return fmt.Sprintf("not known: the run has %d steps, dead_feature_window is %d", m.final.Step, window)
	}
	return fmt.Sprintf("%d of %d latents: silent for more than %d steps of training", m.final.Dead, m.cfg.SAE.DSAE, window)
}

func (m *member) deadKnown() bool { return m.final.Step > m.cfg.Train.DeadFeatureWindow }

// dropped says what of the data was not trained on, and why; "" for nothing.
func dropped(c extract.Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{
		{c.First, "first positions"},
		{c.Special, "special tokens"},
		{c.Patches, "patches"},
		{c.Empty, "empty texts"},
		{c.Failed, "unreadable pictures"},
		{c.Truncated, "ends of long texts"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// printEvaluation adds the lines of an evaluation.
func printEvaluation(t *table, e train.Evaluation, cfg sae.Config) {
	t.row("held out", fmt.Sprintf("%d rows, on which:", e.Rows))
	t.row("explained variance", fmt.Sprintf("%.4f", e.ExplainedVariance))
	t.row("L0", fmt.Sprintf("%.1f", e.L0))
	t.row("MSE", fmt.Sprintf("%.4g", e.MSE))
	t.row("cosine", fmt.Sprintf("%.4f", e.CosSim))
	t.row("norm out/in", fmt.Sprintf("%.4f", e.L2Ratio))
	t.row("silent", fmt.Sprintf("%d of %d latents: fired on none of these rows", e.Dead, cfg.DSAE))
}

// table aligns pairs of words.
type table struct{ rows [][2]string }

func (t *table) row(name, value string) { t.rows = append(t.rows, [2]string{name, value}) }

func (t *table) write(w io.Writer) error {
	width := 0
	for _, r := range t.rows {
		width = max(width, len(r[0]))
	}
	var b strings.Builder
	for _, r := range t.rows {
		fmt.Fprintf(&b, "%-*s  %s\n", width, r[0], r[1])
	}
	_, err := io.WriteString(w, b.String())
	return err
}
