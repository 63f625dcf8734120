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
	t := table{}
	t.row("model", fmt.Sprintf("%s, hook %s", j.model.Spec.Name, j.hookPoints()))
	t.row("architecture", fmt.Sprintf("%s, %d latents on %d values", j.cfg.SAE.Architecture, j.cfg.SAE.DSAE, j.cfg.SAE.DIn))
	t.row("rows", fmt.Sprintf("%d, in %d steps of %d", j.final.Samples, j.final.Step, j.cfg.Train.TrainBatchSizeSamples))
	t.row("rows/s", fmt.Sprintf("%.0f, reading included", float64(j.final.Samples)/j.took.Seconds()))
	c := j.train.Counts()
	t.row("read", fmt.Sprintf("%d examples in %s over the data", c.Examples, passes(c.Passes+1)))
	if d := dropped(c); d != "" {
		t.row("dropped", d)
	}
	if j.held != nil {
		printEvaluation(&t, j.last, j.cfg.SAE)
	} else {
		t.row("L0", fmt.Sprintf("%.1f in training", j.final.L0))
	}
	t.row("dead", j.dead())
	t.row("SAE", j.folder.SAE())
	return t.write(w)
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
func (j *job) dead() string {
	window := j.cfg.Train.DeadFeatureWindow
	if j.final.Step <= window {
		return fmt.Sprintf("not known: the run has %d steps, dead_feature_window is %d", j.final.Step, window)
	}
	return fmt.Sprintf("%d of %d latents: silent for more than %d steps of training", j.final.Dead, j.cfg.SAE.DSAE, window)
}

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
