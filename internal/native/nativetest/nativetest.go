// Package nativetest tells tests whether the shared libraries are there.
package nativetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native"
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

func require(t testing.TB, l native.Library, name string) {
	t.Helper()
	found, err := l.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.IsAbs(found[0]) {
		return
	}
	message := l.Title + " is absent: " + l.Hint()
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), name) {
		t.Fatal(message)
	}
	t.Skip(message)
}
