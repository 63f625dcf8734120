package native

import "path/filepath"

// ONNXRuntimeOpenVINO returns the build of [ONNXRuntime] with Intel's OpenVINO in it, for
// Linux on x86-64. OpenVINO's own libraries lie beside it and are found from there. Flag
// and variable are the same, since a process loads one of the two.
func ONNXRuntimeOpenVINO() Library {
	l := ONNXRuntime()
	l.Title, l.Version = "ONNX Runtime with OpenVINO", "1.24.1 with OpenVINO 2025.4.1"
	l.Package, l.Target = "onnxruntime-openvino-1.24.1", "deps-openvino"
	l.Files = []string{filepath.Join("onnxruntime", "capi", "libonnxruntime.so.1.24.1")}
	return l
}
