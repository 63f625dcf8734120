//go:build !libjpeg

package pixels_test

const truncated = "invalid JPEG format"
