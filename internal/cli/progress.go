package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/saego/saego/train"
)

// progress shows a run as it goes: one line that changes on a terminal, else a line
// now and then.
type progress struct {
	out      io.Writer
	terminal *os.File // nil where out is none
	start    time.Time
	drawn    time.Time // when the line was drawn last
	next     int       // step of the next line
	every    int
}

const (
	lines    = 10                     // that a run prints where there is no terminal
	interval = 100 * time.Millisecond // between drawings on a terminal
	cells    = 8                      // of the bar
)

func newProgress(out io.Writer, steps int) *progress {
	p := &progress{out: out, start: time.Now(), every: max(steps/lines, 1)}
	p.next = p.every
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = f
		p.draw("reading the first rows")
	}
	return p
}

func (p *progress) step(i train.StepInfo) {
	switch {
	case p.terminal != nil:
		if i.Step == i.Steps || time.Since(p.drawn) >= interval {
			p.draw(fmt.Sprintf("%s %s  %s", bar(i), p.left(i), p.text(i)))
		}
	case i.Step >= p.next || i.Step == i.Steps:
		p.next += p.every
		_, _ = fmt.Fprintf(p.out, "step %d/%d  %s\n", i.Step, i.Steps, p.text(i)) // a line that cannot be written stops nothing
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

// left is the time that the rest takes at the pace so far.
func (p *progress) left(i train.StepInfo) time.Duration {
	pace := time.Since(p.start) / time.Duration(i.Step)
	return (pace * time.Duration(i.Steps-i.Step)).Round(time.Second)
}

// bar shows the share of the run that is done.
func bar(i train.StepInfo) string {
	done := i.Step * cells / i.Steps
	return fmt.Sprintf("%s%s %3d%%", strings.Repeat("█", done), strings.Repeat("░", cells-done), i.Step*100/i.Steps)
}

// draw replaces the line on the terminal, in one write and cut to its width.
func (p *progress) draw(line string) {
	p.drawn = time.Now()
	if width, _, err := term.GetSize(int(p.terminal.Fd())); err == nil && width > 0 {
		runes := []rune(line)
		line = string(runes[:min(len(runes), width-1)])
	}
	_, _ = fmt.Fprint(p.out, "\r\x1b[K", line)
}

// close clears the line on the terminal.
func (p *progress) close() {
	if p.terminal != nil {
		p.draw("")
	}
}
