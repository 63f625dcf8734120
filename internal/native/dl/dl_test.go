//go:build cgo && (linux || darwin)

package dl_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/saego/saego/internal/native/dl"
)

// The reason why a library does not open is there, whichever threads the goroutines are on.
func TestOpenSaysWhy(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := dl.Open("libno-such-library.so.1"); err == nil || !strings.Contains(err.Error(), "libno-such-library.so.1") {
					t.Errorf("error %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSymbol(t *testing.T) {
	var all dl.Library // of this process: the C library is among them
	if all.Symbol("malloc") == nil || all.Symbol("no_such_function") != nil {
		t.Error("malloc is not there, or something else is")
	}
}
