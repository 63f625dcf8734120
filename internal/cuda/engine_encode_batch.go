package cuda

import "github.com/saego/saego/internal/kernels"

// EncodeBatch implements [kernels.Engine]. It looks at the products of all rows, which are
// there at the same time: 4·rows·d_sae bytes.
func (e *Engine) EncodeBatch(_ *kernels.BatchTop, dst *kernels.CSR, x []float32, a kernels.Affine, k int) {
	n := rows(x, a.DIn)
	if n == 0 || k <= 0 {
		e.reshape(dst, n, a.DSAE, 0)
		return
	}
	m, s := &e.encoding, e.selection(a, kernels.Positive())
	h := e.product(x, a)
	e.searchBatch(&s, h, n, min(k, mostEntries-1))
	c := e.cuts(n)
	m.first = e.Ints(m.first, n+1)
	e.launch("encode_ptr", 1, at(m.first), at(m.same), n)
	e.elements("encode_batch_share", n, at(m.search), at(m.same), at(m.first), n, at(c.cut), at(c.quota), at(m.count))
	e.fill(dst, &s, h, c, m.count)
}

// searchBatch finds where the k largest positive values of all rows end. It counts each
// row's values before that, and equal to it.
func (e *Engine) searchBatch(s *selection, h []float32, rows, k int) {
	m, room := &e.encoding, max(k, leastList)
	m.search, m.hist, m.list = e.Ints(m.search, searchSize), e.Ints(m.hist, 1<<12), e.Ints(m.list, 2*room)
	m.count, m.same = e.Ints(m.count, rows), e.Ints(m.same, rows)
	e.clear(at(m.search), searchSize)
	e.clear(at(m.hist), len(m.hist))
	e.clear(at(m.same), rows)
	search, list := at(m.search), at(m.list)
	digit := func(top, bits int, list []int32) {
		e.launch("encode_batch_tally", min(rows, batchBlocks), at(h), at(s.a.B), at(s.a.Scale), rows, s.a.DSAE,
			top, bits, search, at(list), room, at(m.hist))
		e.launch("encode_batch_choose", 1, search, at(m.hist), top, bits, k)
	}
	digit(32, 12, nil)
	e.launch("encode_batch_list", rows, at(h), at(s.a.B), at(s.a.Scale), s.a.DSAE, search, list, room, at(m.count))
	digit(20, 10, m.list)
	digit(10, 10, m.list)
	e.launch("encode_batch_count", rows, at(h), at(s.a.B), at(s.a.Scale), s.a.DSAE, search, list, room, at(m.count), at(m.same))
}

// searchSize is the size of encode.cu's struct encode_search, in integers.
const searchSize = 7

// leastList is how many values that share the first digit are listed at least. About half
// as many as are kept share it, where values are those of an encoder.
const leastList = 1 << 16

// batchBlocks is how many blocks count at a time: about as many as a card runs at once.
const batchBlocks = 1024
