package demo

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed text vision
var folders embed.FS

// TextModel returns the embedded model folder of a text classifier: see
// text/card.md.
func TextModel() fs.FS { return folder("text") }

// VisionModel returns the embedded model folder of a vision transformer: see
// vision/card.md.
func VisionModel() fs.FS { return folder("vision") }

func folder(name string) fs.FS {
	f, err := fs.Sub(folders, name)
	if err != nil {
		panic(fmt.Sprintf("demo: %s: %v", name, err)) // name is a constant of this file
	}
	return f
}
