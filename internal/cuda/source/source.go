// Package source has the kernels, in CUDA C++.
//
// They keep to what C and CUDA C++ have in common, as package emulator compiles them as C:
// no templates, overloads or references. The device's compiler sees all files as one, in
// the order of their names, and without the headers of C.
package source

import (
	"embed"
	"strings"
)

//go:embed *.cu
var files embed.FS

// Names returns the names of the files, in order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the files are in the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Source returns all files as one.
func Source() string {
	var s strings.Builder
	for _, name := range Names() {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // as in Names
		}
		s.WriteString("#line 1 \"" + name + "\"\n")
		s.Write(append(text, '\n'))
	}
	return s.String()
}
