package cli

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
)

// column is one of sweep.csv.
type column struct {
	name  string
	value func(outcome) string
}

// measured are known of members that were evaluated: under the names of eval --json.
var measured = []column{
	{"rows", func(o outcome) string { return strconv.Itoa(o.last.Rows) }},
	{"l0", func(o outcome) string { return number(o.last.L0) }},
	{"explained_variance", func(o outcome) string { return number(o.last.ExplainedVariance) }},
	{"mse", func(o outcome) string { return number(o.last.MSE) }},
	{"cossim", func(o outcome) string { return number(o.last.CosSim) }},
	{"l2_ratio", func(o outcome) string { return number(o.last.L2Ratio) }},
	{"l1", func(o outcome) string { return number(o.last.L1) }},
	{"dead_features", func(o outcome) string { return strconv.Itoa(o.last.Dead) }},
	{"pareto", func(o outcome) string { return strconv.FormatBool(o.pareto) }},
}

// trained are known of members that were trained.
var trained = []column{
	{"training_l0", func(o outcome) string { return number(o.final.L0) }},
	{"num_dead_features", func(o outcome) string { return strconv.Itoa(o.final.Dead) }},
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// swept returns the columns of the settings in which members differ, and of d_sae.
func (j *job) swept() (out []column) {
	keys := []string{}
	for _, a := range j.base.Config().Sweep {
		keys = append(keys, a.key)
	}
	if !slices.Contains(keys, "d_sae") {
		keys = append(keys, "d_sae")
	}
	for _, key := range keys {
		out = append(out, column{key, func(o outcome) string { return show(fields(o.kind.Settings())[settingOf(key)].value) }})
	}
	return out
}

// where returns columns that are empty where their values are not known.
func where(known func(outcome) bool, columns []column) (out []column) {
	for _, c := range columns {
		out = append(out, column{c.name, func(o outcome) string {
			if !known(o) {
				return ""
			}
			return c.value(o)
		}})
	}
	return out
}

// writeTable writes sweep.csv.
func writeTable(w io.Writer, swept []column, all []outcome) error {
	columns := slices.Concat(
		[]column{{"member", func(o outcome) string { return o.name }}}, swept,
		where(func(o outcome) bool { return o.lost == nil && o.job.held != nil }, measured),
		where(func(o outcome) bool { return o.lost == nil }, trained),
		[]column{{"failed", func(o outcome) string { return o.reason() }}},
	)
	rows := make([][]string, 1+len(all))
	for _, c := range columns {
		rows[0] = append(rows[0], c.name)
		for i, o := range all {
			rows[i+1] = append(rows[i+1], c.value(o))
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}
