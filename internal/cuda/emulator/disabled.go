//go:build !cgo || !linux

package emulator

import (
	"errors"

	"github.com/saego/saego/internal/cuda"
)

// Driver is not in this build.
type Driver struct {
	cuda.Driver
	Room int
}

// New says that the emulator is not in this build.
func New() (*Driver, error) {
	return nil, errors.New("emulator: this program was built without it: it needs cgo and Linux")
}
