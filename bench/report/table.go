package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saego/saego/bench/result"
)

// within returns the entries whose name begins with one of prefixes.
func (r report) within(prefixes ...string) (out []result.Entry) {
	for _, e := range r.entries {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(e.Name, p) }) {
			out = append(out, e)
		}
	}
	return out
}

// Has tells whether something of that prefix was measured.
func (r report) Has(prefix string) bool { return len(r.within(prefix)) > 0 }

// Compared is a table of both sides: medians, quartiles, and the ratio.
func (r report) Compared(prefixes ...string) string {
	rows := [][]string{{"measurement", "saego", "peer", "ratio", "runs"}}
	for _, e := range r.within(prefixes...) {
		rows = append(rows, []string{e.Name, cell(e.Ours, e.OursSpread, e.Unit), cell(e.Peer, e.PeerSpread, e.Unit), ratio(e), fmt.Sprint(e.Runs)})
	}
	return table(rows)
}

// Alone is a table of what has no peer.
func (r report) Alone(prefixes ...string) string {
	rows := [][]string{{"measurement", "saego"}}
	for _, e := range r.within(prefixes...) {
		rows = append(rows, []string{e.Name, cell(e.Ours, e.OursSpread, e.Unit)})
	}
	return table(rows)
}

// Detailed is a table of entries' further figures, one column for each of names.
func (r report) Detailed(prefix string, names ...string) string {
	rows := [][]string{append([]string{"measurement"}, words(names)...)}
	for _, e := range r.within(prefix) {
		if !slices.ContainsFunc(names, func(n string) bool { _, ok := e.Details[n]; return ok }) {
			continue
		}
		row := []string{e.Name}
		for _, n := range names {
			if v, ok := e.Details[n]; ok {
				row = append(row, fmt.Sprintf("%.3g", v))
			} else {
				row = append(row, "–")
			}
		}
		rows = append(rows, row)
	}
	return table(rows)
}

// Shares is a table of a step's kernels: each alone, and its share of the step.
func (r report) Shares(prefix string) string {
	rows := [][]string{{"kernel", "alone", "times in a step", "share of the step"}}
	for _, e := range r.within(prefix) {
		name, share := strings.TrimPrefix(e.Name, prefix), "100 %"
		times, ok := e.Details["times"]
		if ok {
			share = fmt.Sprintf("%.0f %%", 100*e.Details["share"])
		} else {
			times = 1
		}
		if strings.HasPrefix(e.Note, "part of") {
			name, share = "– of it "+name, "("+share+")"
		}
		rows = append(rows, []string{name, cell(e.Ours, e.OursSpread, e.Unit), fmt.Sprintf("%g", times), share})
	}
	return table(rows)
}

// Notes is a list of what was measured, and of what was not and why.
func (r report) Notes(prefixes ...string) string {
	var s strings.Builder
	for _, e := range r.within(prefixes...) {
		if e.Note != "" {
			fmt.Fprintf(&s, "- `%s`: %s%s\n", e.Name, e.Note, earlier(e))
		}
		if e.Missing != "" {
			fmt.Fprintf(&s, "- `%s`: missing: %s\n", e.Name, strings.ReplaceAll(e.Missing, "\n", " "))
		}
	}
	return strings.TrimSuffix(s.String(), "\n")
}

// earlier says of what revision a measurement is that was kept.
func earlier(e result.Entry) string {
	if e.Revision == "" {
		return ""
	}
	return "; measured at " + e.Revision
}

// Where is the table of the machine on which a command was run.
func (r report) Where(command string) string {
	m, ok := r.machines[command]
	if !ok {
		return "_Not measured._"
	}
	rows := [][2]string{
		{"processor", fmt.Sprintf("%s, %d cores, %s, %.0f GiB", m.Processor, m.Cores, strings.Join(m.Vectors, " "), float64(m.Memory)/(1<<30))},
		{"system", fmt.Sprintf("%s, %s UTC, load %g before the run", m.System, m.Date, m.LoadAtOne)},
		{"saego", join(m.Revision, m.Go, m.BLAS, m.Runtime)},
		{"peers", peers(m.Peer)},
	}
	if m.Card != "" {
		rows = append(rows, [2]string{"card", m.Card})
	}
	if m.Rows != "" {
		rows = append(rows, [2]string{"rows", m.Rows})
	}
	text := "| | |\n|---|---|\n"
	for _, row := range rows {
		text += fmt.Sprintf("| %s | %s |\n", row[0], row[1])
	}
	if m.Quick {
		text += "\nThis was a quick run (`--quick`): few rounds, and not all of it.\n"
	}
	return strings.TrimSuffix(text, "\n")
}

// peers lists the peers' versions, and how torch runs.
func peers(p *result.Peer) string {
	if p == nil {
		return "none"
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(p.Versions)) {
		all = append(all, name+" "+p.Versions[name])
	}
	if p.Threads == 0 {
		return strings.Join(all, ", ")
	}
	return strings.Join(all, ", ") + fmt.Sprintf("; torch with %d threads, ", p.Threads) + join(p.CPUCapability, p.BLAS)
}

// join joins what is there.
func join(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", ")
}

// table writes rows as Markdown; all columns but the first are numbers. Without a row
// beside the head it says so.
func table(rows [][]string) string {
	if len(rows) < 2 {
		return "_Not measured in this run._"
	}
	var s strings.Builder
	for i, row := range rows {
		s.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			s.WriteString("|---" + strings.Repeat("|---:", len(row)-1) + "|\n")
		}
	}
	return strings.TrimSuffix(s.String(), "\n")
}

// cell is a median with its quartiles in the unit that suits it.
func cell(v *float64, s *result.Spread, unit string) string {
	if v == nil {
		return "–"
	}
	factor := 1.0
	if unit == "s" && *v < 1 {
		factor, unit = 1000, "ms"
	}
	text := fmt.Sprintf("%s %s", number(factor**v), unit)
	if unit == "loss" || unit == "" {
		text = number(*v)
	}
	if s != nil {
		text += fmt.Sprintf(" (%s–%s)", number(factor*s.Q1), number(factor*s.Q3))
	}
	return text
}

// number has three digits, or all of a whole number's.
func number(v float64) string {
	if v >= 100 || v <= -100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func ratio(e result.Entry) string {
	if e.Ratio == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *e.Ratio)
}

func words(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ReplaceAll(n, "_", " ")
	}
	return out
}
