package kernels

import "github.com/saego/saego/internal/kernels/vec"

// inColumns says whether the gradient of rows is to be taken a few columns at a time:
// those of all rows stay near the processor, where whole rows are fetched for each
// entry from far away, and are worth laying out when there are several entries to a row.
// ptr is the part of the transpose that is to be computed.
func inColumns(c *CSR, ptr []int32, dIn int) bool {
	entries := int(ptr[len(ptr)-1] - ptr[0])
	return dIn%vec.Narrow == 0 && c.Rows <= vec.NarrowRows() &&
		entries >= columnEntries*c.Rows && !inBlocks(ptr, c.Rows, dIn)
}

// columnEntries is how many entries a row has for that.
const columnEntries = 4

func rowGradColumns(g []float32, c *CSR, cols *columns, from, to int, src, scale, div []float32, add bool) {
	dIn, ptr := len(g)/c.Cols, cols.ptr[from:to+1]
	g = g[from*dIn : to*dIn]
	vec.Check(cols.row[ptr[0]:ptr[to-from]], len(src), dIn)
	a := factorLists.take(int(ptr[to-from]))
	For(to-from, latentGrain, func(lo, hi int) { cols.values(a[ptr[lo]:], c, scale, div, from+lo, from+hi) })
	For(dIn/vec.Narrow, 1, func(lo, hi int) {
		panel := panelLists.take(c.Rows * vec.Narrow)
		for i := lo; i < hi; i++ {
			vec.TakeColumns(panel, src, dIn, i*vec.Narrow)
			vec.GatherColumns(g, a, ptr, cols.row, dIn, i*vec.Narrow, panel, add)
		}
		panelLists.give(panel)
	})
	factorLists.give(a)
}
