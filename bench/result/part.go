package result

import (
	"os"
	"path/filepath"
)

// WritePart writes the entries of a command that measures one thing to NAME.json in a
// folder of results, which it makes.
func WritePart(folder, name string, entries []Entry) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return write(filepath.Join(folder, name+".json"), entries)
}
