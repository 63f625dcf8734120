//go:build !libjpeg

package pixels

import "runtime"

// JPEGTolerance is the largest difference from PIL that was seen in a pixel of a
// prepared JPEG, in [0, 1]: divide it by a standard deviation to get that of the
// network's input. The package comment tells its cause. With the build tag libjpeg it is 0.
const JPEGTolerance = 4. / 255

// JPEGDecoder names what decodes JPEG files in this build: Go's image/jpeg, or with the
// build tag libjpeg libjpeg-turbo.
func JPEGDecoder() string { return "image/jpeg " + runtime.Version() }

// jpegReader leaves JPEG files to the image package.
type jpegReader struct{}

func (jpegReader) read(p *Preprocessor, data []byte) (picture, error) { return p.decodeByGo(data) }
