package tokens

// pairs is a hash table from two adjacent symbols to their merge: open
// addressing, at most half full. A Go map is three times slower here, and this
// look-up is most of what encoding an unknown word costs.
type pairs struct {
	slots []slot
	mask  uint64
}

type slot struct {
	key  uint64 // left<<32 | right, plus 1; 0 is an empty slot
	rank uint32 // order of the merge
	id   int32  // the merged symbol
}

func newPairs(n int) *pairs {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return &pairs{slots: make([]slot, size), mask: uint64(size - 1)}
}

// at returns the slot of a pair: its own or the empty one where it belongs.
func (p *pairs) at(left, right int32) *slot {
	key := uint64(left)<<32 | uint64(right) + 1
	h := key * 0x9E3779B97F4A7C15 // 2^64 / golden ratio: Fibonacci hashing
	for i := (h ^ h>>29) & p.mask; ; i = (i + 1) & p.mask {
		if s := &p.slots[i]; s.key == key || s.key == 0 {
			return s
		}
	}
}

func (p *pairs) put(left, right int32, rank uint32, id int32) {
	*p.at(left, right) = slot{uint64(left)<<32 | uint64(right) + 1, rank, id}
}

// merger applies merges to one word after another, keeping its memory.
type merger struct {
	pairs      *pairs
	sym        []int32 // symbol that starts at each byte, noID once merged into another
	prev, next []int32 // start of the neighbours, -1 at the ends
	heap       []uint64
}

// merge applies every merge to m.sym, a word of single bytes, the lowest rank
// first and the leftmost of equals, and appends what is left to dst. With a heap
// of (rank, position) that takes O(n log n) for n bytes.
func (m *merger) merge(dst []int32) []int32 {
	n := len(m.sym)
	m.prev, m.next, m.heap = m.prev[:0], m.next[:0], m.heap[:0]
	for i := range n {
		m.prev, m.next = append(m.prev, int32(i-1)), append(m.next, int32(i+1))
	}
	m.next[n-1] = -1
	for i := range n - 1 {
		m.consider(int32(i))
	}
	for len(m.heap) > 0 {
		top := m.pop()
		i := int32(uint32(top))
		if m.sym[i] == noID || m.next[i] < 0 {
			continue
		}
		if s := m.pairs.at(m.sym[i], m.sym[m.next[i]]); s.key != 0 && s.rank == uint32(top>>32) {
			m.join(i, s.id)
		}
	}
	for i := int32(0); i >= 0; i = m.next[i] {
		dst = append(dst, m.sym[i])
	}
	return dst
}

// join makes id of the symbol at i and its right neighbour.
func (m *merger) join(i, id int32) {
	j := m.next[i]
	m.sym[i], m.sym[j] = id, noID
	m.next[i] = m.next[j]
	if k := m.next[i]; k >= 0 {
		m.prev[k] = i
		m.consider(i)
	}
	if h := m.prev[i]; h >= 0 {
		m.consider(h)
	}
}

// consider puts the merge of the symbol at i with its right neighbour on the
// heap if there is one. It may be stale when it comes off.
func (m *merger) consider(i int32) {
	if s := m.pairs.at(m.sym[i], m.sym[m.next[i]]); s.key != 0 {
		m.push(uint64(s.rank)<<32 | uint64(i))
	}
}

func (m *merger) push(v uint64) {
	m.heap = append(m.heap, v)
	h, i := m.heap, len(m.heap)-1
	for i > 0 && v < h[(i-1)/2] {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = v
}

func (m *merger) pop() uint64 {
	top := m.heap[0]
	n := len(m.heap) - 1
	v, h := m.heap[n], m.heap[:n]
	m.heap = h
	for i, child := 0, 1; n > 0; child = 2*i + 1 {
		if child+1 < n && h[child+1] < h[child] {
			child++
		}
		if child >= n || h[child] >= v {
			h[i] = v
			break
		}
		h[i], i = h[child], child
	}
	return top
}
