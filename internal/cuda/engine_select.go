package cuda

import (
	"fmt"
	"math"

	"github.com/saego/saego/internal/kernels"
)

// selection is a rule and what lies before it, as the kernels of encode_rows.cu take it.
type selection struct {
	rule  kernels.Rule
	limit []float32 // Rule.Limit in the engine's memory
	a     kernels.Affine
}

// cuts say where the values end that each row keeps, see encode.cu; nil where it keeps
// what the rule leaves.
type cuts struct {
	cut, quota []int32
}

func (e *Engine) selection(a kernels.Affine, rule kernels.Rule) selection {
	s := selection{rule: rule, limit: rule.Limit, a: a}
	if rule.Limit != nil && !e.owns(rule.Limit) {
		e.encoding.limit = e.Floats(e.encoding.limit, a.DSAE)
		s.limit = e.encoding.limit
		e.copy(at(s.limit), at(rule.Limit), a.DSAE)
	}
	return s
}

// args are those with which the kernels begin, and more.
func (s *selection) args(h []float32, more ...any) []any {
	magnitude := int32(0)
	if s.rule.Magnitude {
		magnitude = 1
	}
	return append([]any{
		at(h), at(s.a.B), at(s.a.Scale), at(s.limit), s.rule.Slack, s.rule.Least, magnitude, s.a.DSAE,
	}, more...)
}

// encodeRule selects by a rule, on the device. The host waits for the number of entries.
func (e *Engine) encodeRule(dst *kernels.CSR, x []float32, a kernels.Affine, rule kernels.Rule) {
	m, s := &e.encoding, e.selection(a, rule)
	rows, size := len(x)/a.DIn, e.tileRows(a.DSAE)
	m.count = e.Ints(m.count, rows)
	if rows <= size {
		h := e.product(x, a)
		e.fill(dst, &s, h, e.bound(&s, h, m.count), m.count)
		return
	}
	total, tiles := 0, 0
	for lo := 0; lo < rows; lo += size {
		hi := min(lo+size, rows)
		h := e.product(x[lo*a.DIn:hi*a.DIn], a)
		if tiles++; len(m.tiles) < tiles {
			m.tiles = append(m.tiles, kernels.NewCSRIn(e, 0, a.DSAE))
		}
		t, count := m.tiles[tiles-1], m.count[lo:hi]
		e.fill(t, &s, h, e.bound(&s, h, count), count)
		total += len(t.Idx)
	}
	e.join(dst, m.tiles[:tiles], rows, total)
}

// bound finds what each row of products h keeps, and counts it.
func (e *Engine) bound(s *selection, h []float32, count []int32) cuts {
	rows := len(count)
	if s.rule.K == 0 {
		e.launch("encode_count", rows, s.args(h, at(count))...)
		return cuts{}
	}
	c := e.cuts(rows)
	e.launch("encode_top", rows, s.args(h, min(s.rule.K, s.a.DSAE), at(c.cut), at(c.quota), at(count))...)
	return c
}

func (e *Engine) cuts(rows int) cuts {
	m := &e.encoding
	m.cut, m.quota = e.Ints(m.cut, rows), e.Ints(m.quota, rows)
	return cuts{m.cut, m.quota}
}

// fill sets dst to what the rows keep of their products h.
func (e *Engine) fill(dst *kernels.CSR, s *selection, h []float32, c cuts, count []int32) {
	m, rows := &e.encoding, len(count)
	m.ptr = e.Ints(m.ptr, rows+1)
	e.launch("encode_ptr", 1, at(m.ptr), at(count), rows)
	var n int32
	e.copy(one(&n), at(m.ptr[rows:]), 1)
	if e.reshape(dst, rows, s.a.DSAE, int(n)) {
		e.copy(at(dst.Ptr), at(m.ptr), rows+1)
		e.launch("encode_fill", rows, s.args(h, at(c.cut), at(c.quota), at(dst.Ptr), at(dst.Idx), at(dst.Val))...)
	}
}

// join sets dst to tiles of rows, one below the other.
func (e *Engine) join(dst *kernels.CSR, tiles []*kernels.CSR, rows, n int) {
	if !e.reshape(dst, rows, tiles[0].Cols, n) {
		return
	}
	e.launch("encode_ptr", 1, at(dst.Ptr), at(e.encoding.count), rows)
	from := 0
	for _, t := range tiles {
		e.copy(at(dst.Idx[from:]), at(t.Idx), len(t.Idx))
		e.copy(at(dst.Val[from:]), at(t.Val), len(t.Val))
		from += len(t.Idx)
	}
}

// reshape makes dst a matrix with room for n entries, and says whether there are any: else
// it is set already.
func (e *Engine) reshape(dst *kernels.CSR, rows, cols, n int) bool {
	if n >= mostEntries {
		e.fail(fmt.Errorf("cuda: codes of %d rows and %d latents have %d entries or more: take smaller batches", rows, cols, mostEntries))
		n = 0
	}
	dst.Resize(rows, cols, n)
	if n == 0 {
		e.clear(at(dst.Ptr), rows+1)
	}
	return n > 0
}

// mostEntries is where encode.cu stops counting.
const mostEntries = math.MaxInt32
