//go:build !gpu || !cgo || !linux || !(amd64 || arm64)

package device

import (
	"errors"

	"github.com/saego/saego/internal/cuda"
)

// Build says whether this program can use a card.
func Build() string { return "no CUDA (make build-cuda builds with it)" }

// Open says that this program was built without CUDA.
func Open(Options) (cuda.Driver, error) {
	return nil, errors.New("device: this program was built without CUDA: build it by `make build-cuda` in the saego folder, on Linux on x86-64 or arm64")
}
