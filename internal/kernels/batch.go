package kernels

// BatchTop is an [Encoder] whose activation looks at the whole batch: it keeps the k
// largest of all values that are greater than zero (BatchTopK; Bussmann et al.,
// "BatchTopK sparse autoencoders", 2024).
//
// The batches of a run are alike, so that nearly everything is ruled out by one
// comparison with a floor a little below the smallest value that the batch before
// kept. A floor that turns out too high costs a second pass; it never changes the
// result.
type BatchTop struct {
	enc   Encoder
	k     int
	floor float32
	all   CSR
	kth   kth
}

// Encode sets dst to the codes of x (rows, a.DIn), k of them in all. Of equal
// values the first row's, and there the lowest latents, win.
func (e *BatchTop) Encode(dst *CSR, x []float32, a Affine, k int) {
	if e.k = k; e.floor == 0 {
		e.guess(x, a, k)
	}
	e.collect(x, a)
	if len(e.all.Val) < k && e.floor > 0 {
		e.floor = 0
		e.collect(x, a)
	}
	threshold, equal := uint32(0), 0
	if len(e.all.Val) > k {
		threshold, equal = e.kth.find(e.all.Val, k)
	}
	dst.filter(&e.all, func(v float32) bool { return threshold == 0 || take(v, threshold, &equal) })
	e.floor = 0
	if len(dst.Val) == k {
		e.floor = margin * value(max(threshold, key(0)))
	}
}

// guessRows is how many rows a batch without a batch before it is judged by.
const guessRows = 128

// guess sets the floor by the first rows of a large batch: without one, half of all
// values would be kept.
func (e *BatchTop) guess(x []float32, a Affine, k int) {
	rows := len(x) / a.DIn
	if rows <= guessRows {
		return
	}
	e.collect(x[:guessRows*a.DIn], a)
	if share := k * guessRows / rows; share > 0 && len(e.all.Val) > share {
		threshold, _ := e.kth.find(e.all.Val, share)
		e.floor = margin * value(max(threshold, key(0)))
	}
	e.all, e.kth, e.enc.tiles = CSR{}, kth{}, nil // as large as no later batch asks for
}

// collect sets all to what is above the floor.
func (e *BatchTop) collect(x []float32, a Affine) {
	if e.all.Pattern == nil {
		e.enc.prune = e.prune
		e.all = *NewCSR(0, a.DSAE)
	}
	e.enc.Activation = Rule{Least: e.floor}
	e.enc.Encode(&e.all, x, a)
}

// prune drops from a tile what cannot be among the k largest of the batch, when
// there is much of it: the first batch has no floor.
func (e *BatchTop) prune(t *tile) {
	if len(t.val) <= 2*e.k {
		return
	}
	threshold, equal := t.kth.find(t.val, e.k)
	n, from := 0, int32(0)
	for r, end := range t.ends {
		for q := from; q < end; q++ {
			if take(t.val[q], threshold, &equal) {
				t.idx[n], t.val[n] = t.idx[q], t.val[q]
				n++
			}
		}
		from, t.ends[r] = end, int32(n)
	}
	t.idx, t.val = t.idx[:n], t.val[:n]
}
