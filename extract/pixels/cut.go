package pixels

// cut resizes pic and cuts the crop out of it.
func (p *Preprocessor) cut(pic picture) []uint8 {
	x, y := plan(&p.spec, pic.size.X, pic.size.Y)
	across, down := p.tables.get(p.filter, x), p.tables.get(p.filter, y)
	p.crop = grow(p.crop, p.Len())
	if x.kept() < p.spec.Crop[1] || y.kept() < p.spec.Crop[0] {
		clear(p.crop) // padding is black
	}
	if p.cfg.Pillow == Pillow13 && columnsFirst(x, y) {
		p.cutColumnsFirst(pic.read, across, down, x, y)
	} else {
		p.cutRowsFirst(pic.read, across, down, x, y)
	}
	return p.crop
}

// columnsFirst is Pillow 13's rule.
func columnsFirst(x, y axis) bool {
	return y.n > y.out && y.n-y.out > 2*(x.n-x.out)
}

// cutRowsFirst shrinks each source row as it is read.
func (p *Preprocessor) cutRowsFirst(read rows, across, down *taps, x, y axis) {
	width := 3 * x.kept()
	p.line = grow(p.line, lineLen(across.hi-across.lo))
	p.mid = grow(p.mid, width*(down.hi-down.lo))
	for row := down.lo; row < down.hi; row++ {
		read(p.line, across.lo, across.hi, row)
		resampleRow(p.mid[(row-down.lo)*width:][:width], p.line, across)
	}
	p.sums = grow(p.sums, width)
	for i := range y.kept() {
		resampleColumns(p.cropRow(i, x, y), p.mid, down, i, p.sums)
	}
}

// cutColumnsFirst needs the whole source window at once.
func (p *Preprocessor) cutColumnsFirst(read rows, across, down *taps, x, y axis) {
	width := 3 * (across.hi - across.lo)
	p.window = grow(p.window, width*(down.hi-down.lo))
	for row := down.lo; row < down.hi; row++ {
		read(p.window[(row-down.lo)*width:][:width], across.lo, across.hi, row)
	}
	p.sums, p.line = grow(p.sums, width), grow(p.line, lineLen(across.hi-across.lo))
	for i := range y.kept() {
		resampleColumns(p.line[:width], p.window, down, i, p.sums)
		resampleRow(p.cropRow(i, x, y), p.line, across)
	}
}

// cropRow returns the part of the crop that row i of the resized picture fills.
func (p *Preprocessor) cropRow(i int, x, y axis) []uint8 {
	start := (y.pad+i)*p.spec.Crop[1] + x.pad
	return p.crop[3*start:][:3*x.kept()]
}

// tableCache keeps the weights of the sizes seen last: pictures of a dataset
// share few sizes, and computing weights costs about as much as using them.
type tableCache struct {
	tables map[axis]*taps
}

// maxTables bounds the memory of a cache, a few MB for usual pictures.
const maxTables = 128

func (c *tableCache) get(f filter, ax axis) *taps {
	if t, ok := c.tables[ax]; ok {
		return t
	}
	if c.tables == nil || len(c.tables) >= maxTables {
		c.tables = map[axis]*taps{}
	}
	t := newTaps(f, ax)
	c.tables[ax] = t
	return t
}
