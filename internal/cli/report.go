package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// report prints what a run came to.
func (j *job) report(w io.Writer) error {
	read := j.buffer.Stats()
	t := table{}
	t.row("model", fmt.Sprintf("%s, %s (d_in %d)", j.model.Spec.Name, j.kind.Hook(), j.cfg.SAE.DIn))
	t.row("rows", fmt.Sprintf("%d trained on in %d steps of %d", j.final.Samples, j.final.Step, j.cfg.Train.TrainBatchSizeSamples))
	t.row("read", j.train.Counts().String())
	if read.Dropped > 0 {
		t.row("", fmt.Sprintf("%d of a last partial batch dropped", read.Dropped))
	}
	t.row("rows/s", fmt.Sprintf("%.0f, reading included", float64(j.final.Samples)/j.took.Seconds()))
	if j.held != nil {
		printEvaluation(&t, j.last, j.cfg.SAE)
	} else {
		t.row("L0", fmt.Sprintf("%.1f", j.final.L0))
	}
	t.row("dead", fmt.Sprintf("%d of %d latents have not fired for %d steps", j.final.Dead, j.cfg.SAE.DSAE, j.cfg.Train.DeadFeatureWindow))
	t.row("SAE", j.folder.SAE())
	return t.write(w)
}

// printEvaluation adds the lines of an evaluation.
func printEvaluation(t *table, e train.Evaluation, cfg sae.Config) {
	t.row("held out", fmt.Sprintf("%d rows", e.Rows))
	t.row("explained variance", fmt.Sprintf("%.4f", e.ExplainedVariance))
	t.row("L0", fmt.Sprintf("%.1f", e.L0))
	t.row("MSE", fmt.Sprintf("%.4g", e.MSE))
	t.row("cosine", fmt.Sprintf("%.4f", e.CosSim))
	t.row("norm out/in", fmt.Sprintf("%.4f", e.L2Ratio))
	t.row("silent", fmt.Sprintf("%d of %d latents fired on no held-out row", e.Dead, cfg.DSAE))
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
