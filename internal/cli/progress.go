package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/saego/saego/train"
)

// progress shows a run as it goes: a bar on a terminal, else a line now and then.
type progress struct {
	out   io.Writer
	bar   *progressbar.ProgressBar // nil where out is no terminal
	start time.Time
	next  int // step of the next line
	every int
}

// lines is how many lines a run prints where there is no terminal.
const lines = 10

func newProgress(out io.Writer, steps int) *progress {
	p := &progress{out: out, start: time.Now(), every: max(steps/lines, 1)}
	p.next = p.every
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(steps,
			progressbar.OptionSetWriter(out), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetDescription("reading"), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) step(i train.StepInfo) {
	if p.bar != nil {
		p.bar.Describe(p.text(i))
		_ = p.bar.Set(i.Step) // a bar that cannot be drawn stops nothing
		return
	}
	if i.Step >= p.next || i.Step == i.Steps {
		p.next += p.every
		_, _ = fmt.Fprintf(p.out, "step %d/%d  %s\n", i.Step, i.Steps, p.text(i))
	}
}

// text is what is known of a step: the explained variance comes with the log.
func (p *progress) text(i train.StepInfo) string {
	variance := "–"
	if !math.IsNaN(i.ExplainedVariance) {
		variance = fmt.Sprintf("%.3f", i.ExplainedVariance)
	}
	return fmt.Sprintf("%.0f rows/s  loss %.4g  L0 %.1f  expl. var. %s  dead %d",
		float64(i.Samples)/time.Since(p.start).Seconds(), i.Loss, i.L0, variance, i.Dead)
}

// close leaves the terminal as a line begins.
func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
