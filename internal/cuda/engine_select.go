package cuda

import (
	"fmt"
	"math"
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// selection is a rule and what lies before it, as the kernels of encode_rows.cu take it.
type selection struct {
	rule  kernels.Rule
	limit []float32 // Rule.Limit in the engine's memory
	a     kernels.Affine
	floor []float32
}

// cuts say where the values end that each row keeps, see encode_rows.cu; nil where it keeps
// what the rule leaves.
type cuts struct {
	cut, quota []int32

	// Where k is not 0, what rows keep (rows, k), if they are short enough for that.
	k   int
	idx []int32
	val []float32
}

// floor is what nearly all values of an encoder's next rows are below, that are not among
// the largest: about 0.8 of the least that rows before them kept. It saves reading products,
// and never changes a result.
type floor struct {
	of *kernels.Encoder
	at []float32 // 0 = none
}

// floors is how many encoders have one.
const floors = 4

// floor returns an encoder's.
func (e *Engine) floor(enc *kernels.Encoder) []float32 {
	m := &e.encoding
	i := slices.IndexFunc(m.floors, func(f floor) bool { return f.of == enc })
	if i < 0 {
		if len(m.floors) < floors {
			m.floors = append(m.floors, floor{at: e.Floats(nil, 1)})
		}
		i = len(m.floors) - 1
		e.clear(at(m.floors[i].at), 1)
		m.floors[i].of = enc
	}
	f := m.floors[i]
	copy(m.floors[1:i+1], m.floors[:i])
	m.floors[0] = f
	return f.at
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
func (e *Engine) encodeRule(enc *kernels.Encoder, dst *kernels.CSR, x []float32, a kernels.Affine, rule kernels.Rule) {
	m, s := &e.encoding, e.selection(a, rule)
	if rule.K > 0 {
		s.floor = e.floor(enc)
	}
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
	rows, k := len(count), min(s.rule.K, s.a.DSAE)
	if k == 0 {
		e.launch("encode_count", rows, s.args(h, at(count))...)
		return cuts{}
	}
	m, c := &e.encoding, e.cuts(rows)
	if k <= mostKept {
		m.keptIdx, m.keptVal = e.Ints(m.keptIdx, rows*k), e.Floats(m.keptVal, rows*k)
		c.k, c.idx, c.val = k, m.keptIdx, m.keptVal
	}
	m.last = e.Floats(m.last, rows)
	e.launch("encode_top", rows, s.args(h, k, at(s.floor), at(c.idx), at(c.val), at(c.cut), at(c.quota), at(count), at(m.last))...)
	e.launch("encode_floor", 1, at(s.floor), at(m.last), rows)
	return c
}

// mostKept is the k up to which rows are kept: a quarter of encode_rows.cu's ENCODE_ROOM, as
// a few times as many are above a floor.
const mostKept = 256

func (e *Engine) cuts(rows int) cuts {
	m := &e.encoding
	m.cut, m.quota = e.Ints(m.cut, rows), e.Ints(m.quota, rows)
	return cuts{cut: m.cut, quota: m.quota}
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
		e.launch("encode_fill", rows, s.args(h, at(c.cut), at(c.quota), c.k, at(c.idx), at(c.val), at(dst.Ptr), at(dst.Idx), at(dst.Val))...)
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
