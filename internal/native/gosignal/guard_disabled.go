//go:build !cgo || !linux

package gosignal

// Guard calls f: the libraries that replace handlers are for Linux, and opened by cgo.
func Guard(f func() error) error { return f() }
