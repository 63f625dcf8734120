package native

import "path/filepath"

// ONNXRuntimeCUDA returns the build of [ONNXRuntime] with NVIDIA's CUDA in it, for Linux on
// x86-64. It opens the libraries of [CUDA], which lie in packages of their own. Flag and
// variable are the same, since a process loads one build.
func ONNXRuntimeCUDA() Library {
	l := ONNXRuntime()
	l.Title, l.Version = "ONNX Runtime with CUDA", "1.29.0 for CUDA 13"
	l.Package, l.Target = "onnxruntime-gpu-1.29.0", "gpu-libs"
	l.Files = []string{filepath.Join("onnxruntime", "capi", "libonnxruntime.so.1.29.0")}
	return l
}

// CUDA returns NVIDIA's libraries that [ONNXRuntimeCUDA] opens, each behind those that it
// opens itself. They have neither flag nor variable: those of a CUDA 13 that is installed
// are found by the system's loader.
func CUDA() []Library {
	lib := func(title, pkg, file string) Library {
		dir := cuda13
		if file == cuDNN {
			dir = filepath.Join("nvidia", "cudnn", "lib")
		}
		return Library{
			Title: title, Version: "of CUDA 13", Package: pkg, Target: "gpu-libs",
			Files: []string{filepath.Join(dir, file)}, System: []string{file},
		}
	}
	nvrtc := lib("NVRTC", nvrtcPackage, "libnvrtc.so.13")
	nvrtc.Beside = NVRTC().Beside
	return []Library{
		lib("CUDA's runtime", "nvidia-cuda-runtime-13.0.96", "libcudart.so.13"),
		lib("nvJitLink", "nvidia-nvjitlink-13.0.88", "libnvJitLink.so.13"),
		lib("cuBLASLt", cuBLASPackage, "libcublasLt.so.13"),
		lib("cuBLAS", cuBLASPackage, "libcublas.so.13"),
		nvrtc,
		lib("cuRAND", "nvidia-curand-10.4.0.35", "libcurand.so.10"),
		lib("cuFFT", "nvidia-cufft-12.0.0.61", "libcufft.so.12"),
		lib("cuDNN", "nvidia-cudnn-cu13-9.19.0.56", cuDNN),
	}
}

const cuDNN = "libcudnn.so.9"
