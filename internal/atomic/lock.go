package atomic

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock takes the folder dir for this process until the file is closed or the process
// ends, however it ends. Where it is taken, the error says that another one of who, a
// run or a process, is writing into it.
func Lock(dir, who string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another %s is writing into it: wait for it or name another folder", who)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
