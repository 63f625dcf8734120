//go:build !cgo || !(amd64 || arm64)

package vec

// In this build there are only the twins: nothing below is called.

func native() []string { return nil }

func choose(string) {}

func gather(_, _ []float32, _ []int32, _ []float32)                               {}
func dots(_, _ []float32, _ []int32, _ []float32)                                 {}
func gatherBlocks(_, _ []float32, _, _ []int32, _ []float32, _, _ int, _ []int32) {}
func dotsBlocks(_, _ []float32, _, _ []int32, _ []float32, _, _ int, _ []int32)   {}
func takeColumns(_, _ []float32, _, _ int)                                        {}
func gatherColumns(_, _ []float32, _, _ []int32, _ int, _ []float32, _ bool)      {}
func above(_ []int32, _, _ []float32, _ float32) int                              { return 0 }
func aboveEach(_ []int32, _, _, _ []float32, _ float32) int                       { return 0 }
func shift(_, _, _ []float32)                                                     {}
func difference(_, _, _ []float32, _ float32)                                     {}
func scale(_, _ []float32, _ float32)                                             {}
func squares(_ []float32) float64                                                 { return 0 }
func squaredError(_, _ []float32) float64                                         { return 0 }
func accumulate(_ []float64, _ float64, _ []float32)                              {}
func adam(_, _, _, _ []float32, _ AdamStep)                                       {}
func columns() int                                                                { return 1 }
func blockRows() int                                                              { return 1 }
func pack(_, _ []float32, _, _ int)                                               {}
func encode(_ *Rows, _, _ int) int                                                { return 0 }
