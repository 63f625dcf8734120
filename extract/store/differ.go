package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// differ names everything in which a store that is there differs from what is to be
// written; nil where nothing does.
func (d Description) differ(want Description) error {
	var errs []error
	same := func(key string, got, want any) {
		if got != want {
			errs = append(errs, fmt.Errorf("%s is %v, the store's %v", key, want, got))
		}
	}
	same("model", d.Model, want.Model)
	same("hook", d.Hook, want.Hook)
	same("d_in", d.DIn, want.DIn)
	same("hook_out", d.Target, want.Target)
	same("d_out", d.DOut, want.DOut)
	same("dtype", d.DType, want.DType)
	same("unit", d.Unit, want.Unit)
	same("shard_rows", d.ShardRows, want.ShardRows)
	for _, part := range union(d.Limits, want.Limits) {
		same("rows of part "+part, limit(d.Limits, part), limit(want.Limits, part))
	}
	for _, key := range union(d.Settings, want.Settings) {
		same(key, setting(d, key), setting(want, key))
	}
	return errors.Join(errs...)
}

// union returns the keys of both, sorted.
func union[T any](a, b map[string]T) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]T{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// limit says for people what a part is limited to.
func limit(limits map[string]int, part string) string {
	n, ok := limits[part]
	switch {
	case !ok:
		return "none"
	case n == 0:
		return "all"
	}
	return fmt.Sprint(n)
}

// setting says for people what a setting is.
func setting(d Description, key string) string {
	if text, ok := d.Settings[key]; ok {
		return string(text)
	}
	return "not given"
}
