package kernels

import "github.com/saego/saego/internal/kernels/vec"

// inColumns says whether the gradient of rows is to be taken a few columns at a time:
// those of all rows stay near the processor, where whole rows are fetched for each
// entry from far away, and are worth laying out when there are several entries to a row.
func inColumns(c *CSR, cols *columns, dIn int) bool {
	return dIn%vec.Narrow == 0 && c.Rows <= vec.NarrowRows() &&
		len(c.Val) >= columnEntries*c.Rows && !inBlocks(cols.ptr, c.Rows, dIn)
}

// columnEntries is how many entries a row has for that.
const columnEntries = 4

func rowGradColumns(g []float32, c *CSR, cols *columns, src, scale, div []float32, add bool) {
	dIn := len(g) / c.Cols
	vec.Check(cols.row, len(src), dIn)
	a := factorLists.take(len(c.Val))
	For(c.Cols, latentGrain, func(lo, hi int) { cols.values(a[cols.ptr[lo]:], c, scale, div, lo, hi) })
	For(dIn/vec.Narrow, 1, func(lo, hi int) {
		panel := panelLists.take(c.Rows * vec.Narrow)
		for i := lo; i < hi; i++ {
			vec.TakeColumns(panel, src, dIn, i*vec.Narrow)
			vec.GatherColumns(g, a, cols.ptr, cols.row, dIn, i*vec.Narrow, panel, add)
		}
		panelLists.give(panel)
	})
	factorLists.give(a)
}
