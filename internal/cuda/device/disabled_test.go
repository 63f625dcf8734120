//go:build !gpu || !cgo || !linux || !(amd64 || arm64)

package device_test

import (
	"os"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda/device"
)

// TestWithoutCUDA wants a program without the build tag to say how to build one with it.
func TestWithoutCUDA(t *testing.T) {
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "gpu") {
		t.Fatal("no GPU: this test was built without the tag gpu (make test-gpu)")
	}
	d, err := device.Open(device.Options{})
	if d != nil || err == nil || !strings.Contains(err.Error(), "make build-cuda") {
		t.Errorf("Open() = %v, %v", d, err)
	}
	if !strings.Contains(device.Build(), "make build-cuda") {
		t.Errorf("Build() = %q", device.Build())
	}
}
