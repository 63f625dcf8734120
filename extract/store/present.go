package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// present says which of the files are missing or have another size.
func present(ctx context.Context, place Place, files []FileSum) error {
	there, err := place.List(ctx)
	if err != nil {
		return err
	}
	sizes := make(map[string]int64, len(there))
	for _, f := range there {
		sizes[f.Name] = f.Size
	}
	var faults []string
	for _, f := range files {
		size, ok := sizes[f.Name]
		if fault := f.lacking(size, ok); fault != "" {
			faults = append(faults, fault)
		}
	}
	if n := len(faults); n > maxNamed {
		faults = append(faults[:maxNamed], fmt.Sprintf("and %d more", n-maxNamed))
	}
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, ", "))
	}
	return nil
}

// maxNamed is how many files an error names.
const maxNamed = 5

// lacking says what is wrong with a file of that size, "" for nothing.
func (f FileSum) lacking(size int64, there bool) string {
	switch {
	case !there:
		return f.Name + " is missing"
	case size != f.Bytes:
		return fmt.Sprintf("%s has %d bytes of %d", f.Name, size, f.Bytes)
	}
	return ""
}
