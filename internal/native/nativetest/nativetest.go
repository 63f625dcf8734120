// Package nativetest tells tests whether the shared libraries are there.
package nativetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/gosignal"
	"github.com/saego/saego/internal/native/nvidia"
)

// RequireORT skips t where ONNX Runtime is absent, or fails it if the variable
// SAEGO_REQUIRE has "ort".
func RequireORT(t testing.TB) {
	t.Helper()
	require(t, native.ONNXRuntime(), "ort")
}

// RequireOpenVINO skips t where ONNX Runtime with OpenVINO is absent, or fails it if the
// variable SAEGO_REQUIRE has "openvino".
func RequireOpenVINO(t testing.TB) {
	t.Helper()
	require(t, native.ONNXRuntimeOpenVINO(), "openvino")
}

// RequireGPU skips t where ONNX Runtime with CUDA cannot run on a card, or fails it if the
// variable SAEGO_REQUIRE has "gpu". It returns the cards.
func RequireGPU(t testing.TB) (devices []nvidia.Device) {
	t.Helper()
	err := gosignal.Guard(func() (err error) {
		devices, err = nvidia.Devices()
		return err
	})
	if err != nil {
		absent(t, err.Error(), "gpu")
	}
	require(t, native.ONNXRuntimeCUDA(), "gpu")
	if err := gosignal.Guard(nvidia.Load); err != nil {
		absent(t, err.Error(), "gpu")
	}
	return devices
}

func require(t testing.TB, l native.Library, name string) {
	t.Helper()
	found, err := l.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(found[0]) {
		absent(t, l.Title+" is absent: "+l.Hint(), name)
	}
}

func absent(t testing.TB, message, name string) {
	t.Helper()
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), name) {
		t.Fatal(message)
	}
	t.Skip(message)
}
