package extract

import (
	"errors"
	"fmt"
)

// ErrNoRows is wrapped by the error of a pass through a dataset that kept no row.
var ErrNoRows = errors.New("no rows")

// noRows is the error for a pass whose counts are c. The advice says which
// settings could keep more.
func noRows(c Counts, advice string) error {
	return fmt.Errorf("%w: %v: %s", ErrNoRows, c, advice)
}
