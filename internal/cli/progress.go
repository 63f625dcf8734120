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
	unit     string // of what steps are
}

const (
	lines    = 10                     // that a run prints where there is no terminal
	interval = 100 * time.Millisecond // between drawings on a terminal
	cells    = 8                      // of the bar
)

func newProgress(out io.Writer, steps int) *progress {
	p := &progress{out: out, start: time.Now(), every: max(steps/lines, 1), unit: "step"}
	p.next = p.every
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = f
		p.draw("reading the first rows")
	}
	return p
}

// show shows a step of so many, with what is known of it.
func (p *progress) show(step, steps int, text func() string) {
	switch {
	case p.terminal != nil:
		if step == steps || time.Since(p.drawn) >= interval {
			p.draw(fmt.Sprintf("%s %s  %s", bar(step, steps), p.left(step, steps), text()))
		}
	case step >= p.next || step == steps:
		p.next += p.every
		_, _ = fmt.Fprintf(p.out, "%s %d/%d  %s\n", p.unit, step, steps, text()) // a line that cannot be written stops nothing
	}
}

// step shows a step of a run.
func (p *progress) step(i train.StepInfo) {
	p.show(i.Step, i.Steps, func() string { return p.text(i) })
}

// sweepStep shows a step of a sweep of so many members.
func (p *progress) sweepStep(i train.SweepInfo, members int) {
	p.show(i.Step, i.Steps, func() string {
		return fmt.Sprintf("%s  %d of %d SAEs", p.rate(i.Samples), i.Running, members)
	})
}

// percent shows, on a terminal alone, how many bytes of so many were read.
func (p *progress) percent(read, all int64) {
	if p.terminal != nil && all > 0 {
		p.show(max(int(100*read/all), 1), 100, func() string { return fmt.Sprintf("%d of %d MB", read/1e6, all/1e6) })
	}
}

func (p *progress) rate(samples int) string {
	return fmt.Sprintf("%.0f rows/s", float64(samples)/time.Since(p.start).Seconds())
}

// text is what is known of a step: the explained variance comes with the log.
func (p *progress) text(i train.StepInfo) string {
	variance := "–"
	if !math.IsNaN(i.ExplainedVariance) {
		variance = fmt.Sprintf("%.3f", i.ExplainedVariance)
	}
	return fmt.Sprintf("%s  loss %.4g  L0 %.1f  expl. var. %s  dead %d", p.rate(i.Samples), i.Loss, i.L0, variance, i.Dead)
}

// left is the time that the rest takes at the pace so far.
func (p *progress) left(step, steps int) time.Duration {
	pace := time.Since(p.start) / time.Duration(step)
	return (pace * time.Duration(steps-step)).Round(time.Second)
}

// bar shows the share of the run that is done.
func bar(step, steps int) string {
	done := step * cells / steps
	return fmt.Sprintf("%s%s %3d%%", strings.Repeat("█", done), strings.Repeat("░", cells-done), step*100/steps)
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
