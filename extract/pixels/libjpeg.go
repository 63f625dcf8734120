//go:build libjpeg && cgo

package pixels

/*
#cgo LDFLAGS: -ljpeg
#cgo noescape saego_jpeg_read
#cgo nocallback saego_jpeg_read
#include <stdio.h>
#include <jpeglib.h>
#include "libjpeg.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
static const char *version(void) { return TEXT(LIBJPEG_TURBO_VERSION); }
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

// JPEGTolerance is the largest difference from PIL that was seen in a pixel of a
// prepared JPEG, in [0, 1]: divide it by a standard deviation to get that of the
// network's input. In this build, with libjpeg-turbo, there is none.
const JPEGTolerance = 0.

// JPEGDecoder names what decodes JPEG files in this build, with the version that it was
// compiled for.
func JPEGDecoder() string { return "libjpeg-turbo " + C.GoString(C.version()) }

// jpegReader reads JPEG files as PIL does: by libjpeg, whole, into memory that the next
// call overwrites.
type jpegReader struct{ pixels []uint8 }

func (r *jpegReader) read(p *Preprocessor, data []byte) (picture, error) {
	header, err := readJPEG(data, nil)
	if err != nil {
		return picture{}, err
	}
	w, h, channels := int(header.width), int(header.height), int(header.channels)
	if err := p.check(w, h); err != nil {
		return picture{}, err
	}
	r.pixels = grow(r.pixels, w*h*channels)
	if _, err := readJPEG(data, r.pixels); err != nil {
		return picture{}, err
	}
	return picture{size: image.Pt(w, h), read: jpegRows(r.pixels, w, channels)}, nil
}

// readJPEG reads the header, and the pixels where they are not nil.
func readJPEG(data, pixels []byte) (said C.struct_saego_jpeg, err error) {
	if C.saego_jpeg_read(&said, bytesOf(data), C.size_t(len(data)), bytesOf(pixels)) != 0 {
		failed := said // so that said itself need not lie on the heap
		return said, errors.New("libjpeg: " + C.GoString(&failed.error[0]))
	}
	return said, nil
}

// bytesOf returns where b starts; nil where it is nil.
func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

// jpegRows reads pixels of w columns. CMYK is taken to be inverted, as PIL does.
func jpegRows(pix []uint8, w, channels int) rows {
	switch channels {
	case 1:
		return strided(pix, w, 1, grayPixel)
	case 3:
		return func(dst []uint8, x0, x1, y int) { copy(dst, pix[3*(y*w+x0):3*(y*w+x1)]) }
	case 4:
		for i, v := range pix {
			pix[i] = ^v
		}
		return strided(pix, 4*w, 4, cmykPixel)
	}
	panic(fmt.Sprintf("pixels: a JPEG of %d channels", channels))
}
