package run

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock takes the folder for this process until the file is closed or the process
// ends, however it ends.
func lock(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another run is writing into it: wait for it or name another folder")
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
