package cli

import (
	"fmt"
	"io"
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
	text := fmt.Sprintf("%.0f rows/s  loss %.4g  L0 %.1f  explained variance %.3f  dead %d",
		float64(i.Samples)/time.Since(p.start).Seconds(), i.Loss, i.L0, i.ExplainedVariance, i.Dead)
	if p.bar != nil {
		p.bar.Describe(text)
		_ = p.bar.Set(i.Step) // a bar that cannot be drawn stops nothing
		return
	}
	if i.Step >= p.next || i.Step == i.Steps {
		p.next += p.every
		_, _ = fmt.Fprintf(p.out, "step %d/%d  %s\n", i.Step, i.Steps, text)
	}
}

func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
