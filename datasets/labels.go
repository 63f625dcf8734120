package datasets

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxClasses bounds the class names in memory. A label field with more of them is
// no label field.
const maxClasses = 10_000

// coding turns labels as written into class indices.
type coding struct {
	names []string       // by index; nil = no labels
	known map[string]int // index by name
}

// newCoding takes the class names from the configuration, else from what the parts
// declare, else from a pass over their records.
func newCoding(parts []part, cfg TextConfig) (coding, error) {
	names := cfg.Labels
	if len(names) == 0 { // a file of settings writes an absent list as an empty one
		var ok bool
		var err error
		if names, ok, err = declared(parts); err != nil {
			return coding{}, err
		} else if !ok {
			if names, err = discover(parts); err != nil {
				return coding{}, err
			}
		}
	}
	c := coding{names: slices.Clone(names), known: make(map[string]int, len(names))}
	for i, name := range names {
		c.known[name] = i
	}
	return c, nil
}

// index returns the class of r, -1 for none. A name goes before a number.
func (c coding) index(r record) (int, error) {
	if r.label == "" {
		return -1, nil
	}
	if i, ok := c.known[r.label]; ok {
		return i, nil
	}
	if i, err := strconv.Atoi(r.label); err == nil && i >= -1 && i < len(c.names) {
		return i, nil
	}
	return 0, fmt.Errorf("%s: label %q is none of %s: correct it, or set labels to all class names",
		r.id, r.label, strings.Join(c.names, ", "))
}

// tidy gives a label the one spelling that all formats share: no spaces around it,
// and 1.0, which a table has once a cell was empty, is 1.
func tidy(label string) string {
	label = strings.TrimSpace(label)
	x, err := strconv.ParseFloat(label, 64)
	if err == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return strconv.FormatInt(int64(x), 10)
	}
	return label
}

// declared returns the class names on which all parts agree.
func declared(parts []part) ([]string, bool, error) {
	var names []string
	for i, p := range parts {
		own, ok, err := p.classes()
		if err != nil || !ok {
			return nil, false, err
		}
		if i > 0 && !slices.Equal(own, names) {
			return nil, false, nil
		}
		names = own
	}
	return names, true, nil
}

// discover reads all records and returns the names of their classes: digits where
// all labels are integers, sorted strings otherwise.
func discover(parts []part) ([]string, error) {
	seen := make(map[string]bool)
	top, whole := -1, true
	for r, err := range chain(parts) {
		if err != nil {
			return nil, err
		}
		if r.label == "" || seen[r.label] {
			continue
		}
		seen[strings.Clone(r.label)] = true
		if n, err := strconv.Atoi(r.label); err != nil || n < -1 {
			whole = false
		} else {
			top = max(top, n)
		}
		if len(seen) > maxClasses || whole && top >= maxClasses {
			return nil, fmt.Errorf("%s: label %q makes more than %d classes: set label_field to the field that holds the class",
				r.id, r.label, maxClasses)
		}
	}
	if whole {
		return digits(top + 1), nil
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// digits returns the names "0", "1", … of n classes, nil for none.
func digits(n int) []string {
	var names []string
	for i := range n {
		names = append(names, strconv.Itoa(i))
	}
	return names
}
