package cuda

import "unsafe"

// Driver is a device, or what stands for one. All work is done in the order in which it
// was asked for. One goroutine at a time may use it; it need not be the same thread.
type Driver interface {
	// Name says which device it is: "NVIDIA H100 80GB HBM3 (sm_90), CUDA 12.9".
	Name() string
	// Alloc returns managed memory of so many bytes, aligned to 256. It holds anything.
	Alloc(bytes int) (unsafe.Pointer, error)
	// Free waits for the device and gives memory of Alloc back.
	Free(p unsafe.Pointer) error
	// AllocHost returns memory of the host's that the device can read fast (pinned).
	AllocHost(bytes int) (unsafe.Pointer, error)
	// FreeHost gives memory of AllocHost back.
	FreeHost(p unsafe.Pointer) error
	// Copy copies between memory of Alloc, of AllocHost and of Go. Memory of Go's and of
	// AllocHost may be changed, or read, once it returns.
	Copy(dst, src unsafe.Pointer, bytes int) error
	// Clear sets memory of Alloc to zeros.
	Clear(p unsafe.Pointer, bytes int) error
	// Launch runs a kernel of package source on grid blocks of so many threads. Args are as the
	// kernel has them: unsafe.Pointer (of Alloc, or nil), int32, float32 or float64.
	Launch(kernel string, grid, threads int, args ...any) error
	// Multiply is a product of matrices.
	Multiply(p Product) error
	// Sync waits until all is done, and returns what went wrong with it.
	Sync() error
	// Close gives everything back.
	Close() error
}

// Product is C = alpha·op(A)·op(B) + beta·C, of row-major float32 without gaps: op(A) is
// (M, K), op(B) is (K, N), C is (M, N), and op transposes where TransA or TransB is set.
type Product struct {
	TransA, TransB bool
	M, N, K        int
	Alpha, Beta    float32
	A, B, C        unsafe.Pointer // of Driver.Alloc
	Precision      Precision
}

// Precision is what a product's factors are rounded to; sums are float32.
type Precision int

// Precisions.
const (
	Float32 Precision = iota
	TF32              // 10 bits of mantissa, the tensor cores'
	BF16              // 7 bits of mantissa
)
