//go:build !cgo || !linux

package nvidia

import "errors"

var errDisabled = errors.New("this program was built without CUDA, which saego has on Linux with cgo")

func open(string) error { return errDisabled }

func openDriver(string) (driver, error) { return nil, errDisabled }

func cuDNNVersion() (version, cuda int, err error) { return 0, 0, errDisabled }
