package cuda

import (
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// columns is the transpose of a pattern: latent j occurs in the rows row[ptr[j]:ptr[j+1]],
// ascending, at the entries pos.
type columns struct {
	of      *kernels.Pattern
	version int
	rows    int
	entries int

	ptr, row, pos  []int32
	count, totals  []int32 // memory
	anyRow, anyPos []int32
}

// patterns is how many transposes are kept: a step of training has few patterns, whose
// memory the next one uses again.
const patterns = 4

// transpose returns the transpose of p, computed once for each state of the pattern.
func (e *Engine) transpose(p *kernels.Pattern) *columns {
	t := e.cached(p)
	if t.of != p || t.version != p.Version() || t.rows != p.Rows || t.entries != len(p.Idx) || len(t.ptr) != p.Cols+1 {
		t.of, t.version, t.rows, t.entries = p, p.Version(), p.Rows, len(p.Idx)
		e.fillColumns(t)
	}
	return t
}

// cached returns p's place in columns, or that of the pattern used least recently.
func (e *Engine) cached(p *kernels.Pattern) *columns {
	i := slices.IndexFunc(e.columns, func(t *columns) bool { return t.of == p })
	if i < 0 {
		if len(e.columns) < patterns {
			e.columns = append(e.columns, &columns{})
		}
		i = len(e.columns) - 1
	}
	t := e.columns[i]
	copy(e.columns[1:i+1], e.columns[:i])
	e.columns[0] = t
	return t
}

// fillColumns computes a transpose: it counts, and puts entries where there is place, in
// any order, and then in that of their rows.
func (e *Engine) fillColumns(t *columns) {
	p, n := t.of, t.entries
	t.ptr, t.row, t.pos = e.Ints(t.ptr, p.Cols+1), e.Ints(t.row, n), e.Ints(t.pos, n)
	if n == 0 {
		e.clear(at(t.ptr), p.Cols+1)
		return
	}
	t.anyRow, t.anyPos = e.Ints(t.anyRow, n), e.Ints(t.anyPos, n)
	t.count = e.countEntries(t.count, p)
	blocks := (p.Cols + 1023) / 1024
	t.totals = e.Ints(t.totals, blocks)
	e.launch("columns_ptr", blocks, at(t.ptr), at(t.count), at(t.totals), p.Cols)
	e.launch("columns_ptr_add", blocks, at(t.ptr), at(t.totals), p.Cols)
	e.launch("columns_fill", byWarp(p.Rows), at(t.anyRow), at(t.anyPos), at(t.count), at(t.ptr), at(p.Ptr), at(p.Idx), p.Rows)
	e.launch("columns_sort", byWarp(p.Cols), at(t.row), at(t.pos), at(t.anyRow), at(t.anyPos), at(t.ptr), p.Rows, p.Cols)
}

// countEntries returns how many entries each latent has, in the memory given.
func (e *Engine) countEntries(count []int32, p *kernels.Pattern) []int32 {
	count = e.Ints(count, p.Cols)
	e.clear(at(count), p.Cols)
	pieces(len(p.Idx), func(lo, hi, blocks int) {
		e.launch("columns_count", blocks, at(count), at(p.Idx[lo:]), hi-lo)
	})
	return count
}

// RowGrad implements [kernels.Engine].
func (e *Engine) RowGrad(g []float32, c *kernels.CSR, src, scale, div []float32) {
	e.allRowGrad(g, c, src, scale, div, false)
}

// AddRowGrad implements [kernels.Engine].
func (e *Engine) AddRowGrad(g []float32, c *kernels.CSR, src, scale, div []float32) {
	if len(c.Val) > 0 {
		e.allRowGrad(g, c, src, scale, div, true)
	}
}

func (e *Engine) allRowGrad(g []float32, c *kernels.CSR, src, scale, div []float32, add bool) {
	if e.isDense(c) {
		e.rowGradDense(g, c, src, scale, div, add)
		return
	}
	e.rowGrad(g, c, 0, c.Cols, src, scale, div, add)
}

// RowGradLevels implements [kernels.Engine].
func (e *Engine) RowGradLevels(g []float32, c *kernels.CSR, sums, div []float32, widths []int) {
	part, from := len(sums)/len(widths), 0
	for k, w := range widths {
		e.rowGrad(g, c, from, w, sums[k*part:][:part], nil, div, false)
		from = w
	}
}

// rowGrad is that of the latents [from, to) alone.
func (e *Engine) rowGrad(g []float32, c *kernels.CSR, from, to int, src, scale, div []float32, add bool) {
	adds := int32(0)
	if add {
		adds = 1
	}
	t, r := e.transpose(c.Pattern), rowOf(rows(g, c.Cols))
	e.launchOf(r.threads, "row_grad", (to-from)*r.parts, at(g), at(t.ptr), at(t.row), at(t.pos), at(c.Val), at(src),
		at(scale), at(div), from, adds, r.d, r.parts, fours(r.d, at(g), at(src)))
}

// ColSum implements [kernels.Engine].
func (e *Engine) ColSum(out []float32, c *kernels.CSR, scale []float32) {
	t := e.transpose(c.Pattern)
	e.launch("columns_sum", byWarp(c.Cols), at(out), at(c.Val), at(t.ptr), at(t.pos), at(scale), c.Cols)
}

// ActiveRows implements [kernels.Engine].
func (e *Engine) ActiveRows(out []int32, c *kernels.CSR) {
	e.active = e.countEntries(e.active, c.Pattern)
	e.copy(at(out), at(e.active), c.Cols)
}
