package native

import "path/filepath"

// Packages of NVIDIA's wheels that saego opens, and ONNX Runtime, too.
const (
	nvrtcPackage  = "nvidia-cuda-nvrtc-13.0.88"
	cuBLASPackage = "nvidia-cublas-13.1.0.3"
)

// cuda13 is where NVIDIA's wheels of CUDA 13 have their libraries.
var cuda13 = filepath.Join("nvidia", "cu13", "lib")

// NVRTC returns the library that compiles kernels for the card that is there.
func NVRTC() Library {
	return Library{
		Title:   "NVRTC",
		Version: "13.0 (12.0 or newer)",
		Env:     "SAEGO_NVRTC",
		Package: nvrtcPackage,
		Target:  "gpu-libs",
		Files:   []string{filepath.Join(cuda13, "libnvrtc.so.13")},
		System:  []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"},
		Beside:  []string{"libnvrtc-builtins.so.*"},
	}
}

// CuBLAS returns the library that multiplies matrices on a card.
func CuBLAS() Library {
	return Library{
		Title:   "cuBLAS",
		Version: "13.1 (12.0 or newer)",
		Env:     "SAEGO_CUBLAS",
		Package: cuBLASPackage,
		Target:  "gpu-libs",
		Files:   []string{filepath.Join(cuda13, "libcublas.so.13")},
		System:  []string{"libcublas.so.13", "libcublas.so.12", "libcublas.so"},
	}
}

// CUDADriver returns the driver of NVIDIA's cards, which belongs to the system's kernel: its
// loader alone knows the right one.
func CUDADriver() Library {
	return Library{
		Title:   "NVIDIA's driver",
		Version: "580 or newer (525 with libraries of CUDA 12)",
		System:  []string{"libcuda.so.1"},
		Mend:    "install it with your system's tools (nvidia-smi tells whether it works), and start containers with the card in them (docker run --gpus all)",
	}
}
