package main

import (
	"fmt"
	"strings"
)

// goals are what measurements are to show, by name: for ratios the least.
var goals = map[string]string{
	"extract/gpt2-vs-guide":        "2.5",
	"extract/gpt2-vs-stopped":      "1.15",
	"extract/gpt2-vs-guide-bf16":   "4.5",
	"extract/gpt2-vs-stopped-bf16": "1.1",
	"extract/gpt2-int8-vs-guide":   "4.5",
	"extract/vit-vs-guide":         "1.8",
	"extract/vit-vs-stopped":       "1.0",
	"extract/vit-vs-guide-bf16":    "4",
	"extract/vit-vs-stopped-bf16":  "1.1",
	"extract/vit-int8-vs-guide":    "4.5",
	"extract/open-gpt2":            "under 500 ms, 0.4 GB",
	"tokenize/gpt2":                "2",
	"pictures/libjpeg":             "1.0",
}

// topKOnACard is the goal of all of them.
const topKOnACard = "2, at least 1.0"

// goal returns the goal of a measurement.
func goal(name string) string {
	if g, ok := goals[name]; ok {
		return g
	}
	if strings.HasPrefix(name, "gpu/topk-") {
		return topKOnACard
	}
	return "–"
}

// Goals is a table of both sides, as [report.Compared]'s, with the goal beside the ratio.
func (r report) Goals(prefixes ...string) string {
	rows := [][]string{{"measurement", "saego", "peer", "ratio", "goal", "runs"}}
	for _, e := range r.within(prefixes...) {
		rows = append(rows, []string{e.Name, cell(e.Ours, e.OursSpread, e.Unit), cell(e.Peer, e.PeerSpread, e.Unit), ratio(e), goal(e.Name), fmt.Sprint(e.Runs)})
	}
	return table(rows)
}
