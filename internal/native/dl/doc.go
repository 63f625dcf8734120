// Package dl opens shared libraries at run time, on Linux and macOS with cgo. Where they are
// is package native's to find.
package dl
