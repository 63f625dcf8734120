package pixels

import "image"

// Chroma is stored at half size in most JPEG files. libjpeg's "fancy" upsampling,
// which PIL uses, interpolates: three parts of the nearest sample, one of the
// next nearest, in each direction that is halved. image.YCbCr repeats samples.

// ycbcrRows reads m as libjpeg converts it, or as libwebp does.
func (p *Preprocessor) ycbcrRows(m *image.YCbCr, webp bool) rows {
	if m.Rect.Min != (image.Point{}) {
		return modelRows(m) // samples of a moved picture do not begin at its corner
	}
	cb, cr := newPlane(m, m.Cb), newPlane(m, m.Cr)
	convert := fullRange
	if webp {
		convert = videoRange
	}
	return func(dst []uint8, x0, x1, y int) {
		p.cb, p.cr = grow(p.cb, x1-x0), grow(p.cr, x1-x0)
		convert(dst, m.Y[y*m.YStride:][x0:x1], cb.row(p.cb, x0, y), cr.row(p.cr, x0, y))
	}
}

// fullRange is libjpeg's conversion: BT.601 in 16 bits of fraction.
func fullRange(dst, luma, cbs, crs []uint8) {
	const one = 1 << 16
	const (
		crToR = 91881 // 1.40200 × one
		cbToB = 116130
		crToG = 46802
		cbToG = 22554
	)
	cbs, crs = cbs[:len(luma)], crs[:len(luma)]
	for i, v := range luma {
		y, cb, cr := int32(v), int32(cbs[i])-128, int32(crs[i])-128
		out := (*[3]uint8)(dst[3*i:])
		out[0] = clamp(y + (crToR*cr+one/2)>>16)
		out[1] = clamp(y + (one/2-cbToG*cb-crToG*cr)>>16)
		out[2] = clamp(y + (cbToB*cb+one/2)>>16)
	}
}

// videoRange is libwebp's conversion: BT.601 with luma from 16 to 235, in 6 bits of fraction.
func videoRange(dst, luma, cbs, crs []uint8) {
	for i, v := range luma {
		y, cb, cr := 19077*int32(v)>>8, int32(cbs[i]), int32(crs[i])
		out := (*[3]uint8)(dst[3*i:])
		out[0] = clamp((y + 26149*cr>>8 - 14234) >> 6)
		out[1] = clamp((y - 6419*cb>>8 - 13320*cr>>8 + 8708) >> 6)
		out[2] = clamp((y + 33050*cb>>8 - 17685) >> 6)
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// plane is a chroma plane of w × h samples; one stands for 1<<dx × 1<<dy pixels.
type plane struct {
	pix          []uint8
	stride, w, h int
	dx, dy       int
	smooth       bool // interpolate where dx or dy is 1
}

func newPlane(m *image.YCbCr, pix []uint8) plane {
	c := plane{pix: pix, stride: m.CStride}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.dx = 1
	case image.YCbCrSubsampleRatio420:
		c.dx, c.dy = 1, 1
	case image.YCbCrSubsampleRatio440:
		c.dy = 1
	case image.YCbCrSubsampleRatio411:
		c.dx = 2
	case image.YCbCrSubsampleRatio410:
		c.dx, c.dy = 2, 1
	}
	c.w = (m.Rect.Dx() + 1<<c.dx - 1) >> c.dx
	c.h = (m.Rect.Dy() + 1<<c.dy - 1) >> c.dy
	// libjpeg repeats the samples of very narrow pictures, and where a sample stands for four columns.
	c.smooth = c.dx == 0 || c.dx == 1 && c.w > 2
	return c
}

// row returns the samples for the pixels of row y from column x0 on, len(dst) of them:
// in dst, or where they are.
func (c plane) row(dst []uint8, x0, y int) []uint8 {
	near := y >> c.dy
	this := c.pix[near*c.stride:][:c.w]
	if c.dx+c.dy == 0 {
		return this[x0:][:len(dst)]
	}
	if !c.smooth {
		for i := range dst {
			dst[i] = this[(x0+i)>>c.dx]
		}
		return dst
	}
	next := this
	if c.dy == 1 {
		far := min(max(near-1+2*(y&1), 0), c.h-1)
		next = c.pix[far*c.stride:][:c.w]
	}
	switch {
	case c.dx == 0:
		between(dst, this[x0:], next[x0:], 1+y&1)
	case c.dy == 0:
		c.across(dst, this, x0)
	default:
		c.bilinear(dst, this, next, x0)
	}
	return dst
}

// between interpolates rows. round alternates from row to row, so that halves do not drift.
func between(dst, this, next []uint8, round int) {
	for i := range dst {
		dst[i] = uint8((3*int(this[i]) + int(next[i]) + round) >> 2)
	}
}

// across interpolates columns.
func (c plane) across(dst, this []uint8, x0 int) {
	for i := range dst {
		near, far, odd := c.columns(x0 + i)
		dst[i] = uint8((3*int(this[near]) + int(this[far]) + 1 + odd) >> 2)
	}
}

// bilinear interpolates both ways, without rounding between.
func (c plane) bilinear(dst, this, next []uint8, x0 int) {
	for i := range dst {
		near, far, odd := c.columns(x0 + i)
		a := 3*int(this[near]) + int(next[near])
		b := 3*int(this[far]) + int(next[far])
		dst[i] = uint8((3*a + b + 8 - odd) >> 4)
	}
}

// columns returns the nearest and next nearest sample of pixel column x.
func (c plane) columns(x int) (near, far, odd int) {
	near, odd = x>>1, x&1
	return near, min(max(near-1+2*odd, 0), c.w-1), odd
}
