// Package pixels turns picture files into the input of a vision network, as
// models.Vision describes it.
//
// A network has been trained on the pixels of one particular pipeline, Pillow's
// and torchvision's, and Go's image libraries compute others: they round sizes
// and crops differently and resample in floating point. A [Preprocessor]
// therefore follows that pipeline step by step. Containers are decoded by
// imaging; size, filter, crop and normalisation are a port, from its
// description, of what Pillow and torchvision compute, in the same integer
// arithmetic. Only the part of the picture that the crop needs is resampled.
//
// # Guarantee
//
// From equal decoded pixels the result equals torchvision's
// Resize + CenterCrop + ToTensor + Normalize over PIL bit for bit, as uint8 and
// as float32. Losslessly stored pictures (PNG, BMP, GIF, TIFF, lossless WebP)
// decode to equal pixels. A JPEG does so by libjpeg-turbo, which the build tag libjpeg
// chooses: it wants cgo and the library's headers, and [JPEGDecoder] tells what a program
// has. Without the tag it does not: Go's inverse cosine transform rounds
// otherwise than libjpeg's, which moves a decoded value by at most 3 of 255,
// 0.03 on average. (Chroma is interpolated and converted to RGB here as libjpeg
// does it; Go's own conversion would add up to 69.) Over 500 ImageNet pictures
// the prepared pixels then differ from PIL's by at most 4 of 255, [JPEGTolerance],
// and by 0.04 on average: 0.031 and 0.0003 of a network's input whose standard
// deviation is 0.5. scripts/golden_pixels.py --compare measures it.
//
// # Where it departs from PIL
//
//   - 16-bit grey is scaled to 8 bits; PIL clips it, mostly to white.
//   - A transparent GIF pixel is black; a GIF whose first frame is smaller than
//     its screen is that frame. Later frames are not read, as in PIL.
//   - Lossy WebP differs about as much as JPEG does: libwebp rounds its upsampled
//     chroma otherwise.
//   - Damaged files are refused where PIL reads some of them as garbage, and a
//     few valid progressive JPEGs with restart markers are refused by image/jpeg. With the
//     tag libjpeg JPEGs are read and refused as in PIL, but for more than 500 scans, which
//     are refused.
//   - AVIF, JPEG 2000 and PPM are not read.
//
// As in PIL, alpha is dropped rather than blended, and EXIF orientation is not
// applied.
package pixels
