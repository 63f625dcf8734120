package extract

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Counts says what became of the examples and positions of one call of Batches,
// over all its passes through the dataset. Every position of its examples, and every
// one that was computed, is either kept (Rows) or dropped for exactly one reason.
type Counts struct {
	Passes   int64 `json:"passes"`   // passes through the dataset that ended
	Examples int64 `json:"examples"` // examples read that have a position; texts of which no row is kept are not fed
	Tokens   int64 `json:"tokens"`   // their positions: tokens, or patches with prefix tokens; no padding
	Rows     int64 `json:"rows"`     // positions kept

	Padding int64 `json:"dropped_padding"` // padding positions computed and dropped
	First   int64 `json:"dropped_first"`   // positions 0 dropped
	Special int64 `json:"dropped_special"` // special tokens (text) or prefix tokens (vision) dropped
	Patches int64 `json:"dropped_patches"` // patches dropped (vision)

	Truncated int64 `json:"truncated_examples"` // texts cut to the context size
	Empty     int64 `json:"empty_examples"`     // texts without a token, not fed
	Failed    int64 `json:"failed_examples"`    // examples skipped because they could not be read
}

// add adds what d counts.
func (c *Counts) add(d Counts) {
	c.Passes += d.Passes
	c.Examples += d.Examples
	c.Tokens += d.Tokens
	c.Rows += d.Rows
	c.Padding += d.Padding
	c.First += d.First
	c.Special += d.Special
	c.Patches += d.Patches
	c.Truncated += d.Truncated
	c.Empty += d.Empty
	c.Failed += d.Failed
}

// String returns one line for people: what is always of interest, then whatever
// is not zero.
func (c Counts) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows of %d tokens in %d examples", c.Rows, c.Tokens, c.Examples)
	if c.Passes != 1 {
		fmt.Fprintf(&b, ", %d passes", c.Passes)
	}
	for _, part := range []struct {
		n    int64
		text string
	}{
		{c.Padding, "padding dropped"},
		{c.First, "first positions dropped"},
		{c.Special, "special tokens dropped"},
		{c.Patches, "patches dropped"},
		{c.Truncated, "examples truncated"},
		{c.Empty, "examples empty"},
		{c.Failed, "examples failed"},
	} {
		if part.n != 0 {
			fmt.Fprintf(&b, ", %d %s", part.n, part.text)
		}
	}
	return b.String()
}

// meter publishes the counts of the call of Batches that was started last.
type meter struct {
	mu     sync.Mutex
	call   int
	counts Counts
}

// start begins a new call, at c.
func (m *meter) start(c Cursor) tally {
	m.mu.Lock()
	m.call++
	call := m.call
	m.mu.Unlock()
	t := tally{meter: m, call: call, pass: c.Pass, examples: c.Examples, done: c.Done, counts: c.Counts}
	t.publish()
	return t
}

// publish shows c unless a later call was started meanwhile.
func (m *meter) publish(call int, c Counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if call == m.call {
		m.counts = c
	}
}

func (m *meter) read() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

// tally counts one call of Batches.
type tally struct {
	meter    *meter
	call     int
	pass     int    // passes that ended
	examples int    // examples of this pass that were read
	done     Counts // of the passes that ended
	counts   Counts // of this one
}

// cursor returns the position behind what was counted.
func (t *tally) cursor() Cursor {
	return Cursor{Pass: t.pass, Examples: t.examples, Done: t.done, Counts: t.counts}
}

// publish shows the counts so far to the meter.
func (t *tally) publish() { t.show(t.cursor()) }

// show shows the meter what was counted up to c.
func (t *tally) show(c Cursor) {
	all := c.Done
	all.add(c.Counts)
	t.meter.publish(t.call, all)
}

// end closes a pass. One without a row is an error, which noRows words.
func (t *tally) end(noRows func(Counts) error) error {
	t.counts.Passes++
	t.publish()
	if t.counts.Rows == 0 {
		return noRows(t.counts)
	}
	t.done.add(t.counts)
	t.pass, t.examples, t.counts = t.pass+1, 0, Counts{}
	return nil
}

// errStopped ends a pass whose consumer wants no more.
var errStopped = errors.New("stopped by the consumer")

// eachPass calls run, which makes one pass, until limit passes have ended, 0 =
// without end. A consumer that stops is no error.
func (t *tally) eachPass(limit int, run func() error) error {
	for limit == 0 || t.pass < limit {
		if err := run(); errors.Is(err, errStopped) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}
