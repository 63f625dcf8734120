// Package nvidia says what a machine has of what ONNX Runtime's CUDA provider takes: NVIDIA's
// driver, a card, and the libraries of CUDA 13 with cuDNN 9.
//
// The driver and the libraries are opened at run time, so that a build needs neither. What
// is missing or too old is an error that says what was found, what is wanted and how to mend
// it; ONNX Runtime itself would only name a file.
package nvidia
