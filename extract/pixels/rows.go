package pixels

import (
	"image"
	"image/color"
)

// rows reads a decoded picture row by row: it writes columns [x0, x1) of row y,
// counted from the picture's corner, to dst as RGB.
type rows func(dst []uint8, x0, x1, y int)

// rowsOf picks the reader for img. The kinds that decoders return are read as PIL's
// convert("RGB") does; any other goes through its colour model, alpha divided out.
func (p *Preprocessor) rowsOf(img image.Image, webp bool) rows {
	switch m := img.(type) {
	case *image.YCbCr:
		return p.ycbcrRows(m, webp)
	case *image.NYCbCrA:
		return p.ycbcrRows(&m.YCbCr, webp)
	case *image.Gray:
		return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 1, grayPixel)
	case *image.Gray16:
		return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 2, grayPixel)
	case *image.NRGBA:
		return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 4, rgbPixel)
	case *image.NRGBA64:
		return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 8, rgb16Pixel)
	case *image.CMYK:
		return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 4, cmykPixel)
	case *image.Paletted:
		return palettedRows(m)
	case *image.RGBA:
		if m.Opaque() {
			return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 4, rgbPixel)
		}
	case *image.RGBA64:
		if m.Opaque() {
			return strided(m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.Stride, 8, rgb16Pixel)
		}
	}
	return modelRows(img)
}

// strided reads pixels of size bytes each.
func strided(pix []uint8, stride, size int, put func(dst, src []uint8)) rows {
	return func(dst []uint8, x0, x1, y int) {
		src := pix[y*stride+x0*size : y*stride+x1*size]
		for len(src) > 0 {
			put(dst, src)
			dst, src = dst[3:], src[size:]
		}
	}
}

func grayPixel(dst, src []uint8) { dst[0], dst[1], dst[2] = src[0], src[0], src[0] }

func rgbPixel(dst, src []uint8) { dst[0], dst[1], dst[2] = src[0], src[1], src[2] }

// rgb16Pixel keeps the high bytes, as PIL's raw mode "RGB;16B".
func rgb16Pixel(dst, src []uint8) { dst[0], dst[1], dst[2] = src[0], src[2], src[4] }

// cmykPixel is Pillow's conversion.
func cmykPixel(dst, src []uint8) {
	rest := 255 - int(src[3])
	for i := range 3 {
		ink := int(src[i])*rest + 128
		dst[i] = uint8(max(rest-(ink>>8+ink)>>8, 0))
	}
}

// palettedRows drops the alpha of palette entries.
func palettedRows(m *image.Paletted) rows {
	var table [256][3]uint8
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		table[i] = rgb(c)
	}
	corner := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y)
	return func(dst []uint8, x0, x1, y int) {
		for i, v := range m.Pix[corner+y*m.Stride:][x0:x1] {
			copy(dst[3*i:], table[v][:])
		}
	}
}

// modelRows is slow and reads everything.
func modelRows(img image.Image) rows {
	corner := img.Bounds().Min
	return func(dst []uint8, x0, x1, y int) {
		for x := x0; x < x1; x++ {
			c := rgb(img.At(corner.X+x, corner.Y+y))
			copy(dst[3*(x-x0):], c[:])
		}
	}
}

func rgb(c color.Color) [3]uint8 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return [3]uint8{n.R, n.G, n.B}
}
