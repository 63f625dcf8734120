package logs

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields of W&B's records (wandb/proto/wandb_internal.proto) that
// loggers write and read. They are those of Record but for what is named otherwise.
const (
	recordNumber  = 1
	recordHistory = 2
	recordSummary = 3
	recordRun     = 17
	recordExit    = 18
	recordHeader  = 21

	historyItem = 1
	historyStep = 2
	stepNumber  = 1
	itemKey     = 2 // nested_key, the way down a tree of objects
	itemJSON    = 16
)

// Keys that W&B adds to a row of a run's history.
const (
	wandbStep      = "_step"
	wandbTimestamp = "_timestamp" // seconds since 1970
	wandbRuntime   = "_runtime"   // seconds since the run began
)

// row is a row of a run's history: JSON by key.
type row map[string]string

// header says which readers can make sense of what follows: those since 0.70.0 of the
// format, as W&B writes since.
func header() (m message) {
	var version message
	version.text(1, "saego")
	version.text(2, "0.70.0")
	var h message
	h.nested(1, version)
	m.nested(recordHeader, h)
	return m
}

// runRecord introduces a run. resume says that the server knows it.
func runRecord(id string, cfg Config, run Run, start time.Time, resume bool) (message, error) {
	var config message
	for _, key := range slices.Sorted(maps.Keys(run.Config)) {
		text, err := json.Marshal(run.Config[key])
		if err != nil {
			return nil, fmt.Errorf("setting %s: %w", key, err)
		}
		var item message
		item.text(1, key)
		item.text(itemJSON, string(text))
		config.nested(1, item)
	}
	var at message
	at.uint(1, uint64(start.Unix()))
	at.uint(2, uint64(start.Nanosecond()))
	var r message
	r.text(1, id)
	r.text(2, cfg.WandbEntity)
	r.text(3, cfg.WandbProject)
	r.nested(4, config)
	r.text(8, run.Name)
	host, _ := os.Hostname() // for people
	r.text(13, host)
	r.nested(17, at)
	if resume {
		r.uint(24, 1)
	}
	var m message
	m.nested(recordRun, r)
	return m, nil
}

// set adds what an entry says to a row.
func (r row) set(e entry) error {
	for key, v := range e.values {
		r[key] = jsonNumber(v)
	}
	for key, h := range e.histograms {
		text, err := json.Marshal(h)
		if err != nil {
			return err
		}
		r[key] = string(text)
	}
	return nil
}

// history returns the row as the history of a step, and summary as the last that is
// known of each key.
func (r row) history(step int) (m message) {
	var number message
	number.uint(stepNumber, uint64(step))
	h := r.items()
	h.nested(historyStep, number)
	m.nested(recordHistory, h)
	return m
}

func (r row) summary() (m message) {
	m.nested(recordSummary, r.items())
	return m
}

// items are the same in history and summary.
func (r row) items() (m message) {
	for _, key := range slices.Sorted(maps.Keys(r)) {
		m.nested(historyItem, item(r[key], key))
	}
	return m
}

func item(text string, keys ...string) (m message) {
	for _, key := range keys {
		m.text(itemKey, key)
	}
	m.text(itemJSON, text)
	return m
}

// exit returns the summary of how long a run took, and the record of how it ended.
func exit(code int, took time.Duration) (summary, end message) {
	seconds := int(took.Seconds())
	var s, e message
	s.nested(1, item(strconv.Itoa(seconds), "_wandb", "runtime"))
	summary.nested(recordSummary, s)
	e.uint(1, uint64(code))
	e.uint(2, uint64(seconds))
	end.nested(recordExit, e)
	return summary, end
}

// rowOf reads a history record.
func rowOf(history message) (step int, r row) {
	r = row{}
	for f := range history.fields() {
		switch m := message(f.bytes); f.number {
		case historyStep:
			step = m.int(stepNumber)
		case historyItem:
			r[string(m.bytes(itemKey))] = string(m.bytes(itemJSON))
		}
	}
	return step, r
}

// numbered adds a record's number to it.
func (m message) numbered(n int) message {
	return append(protowire.AppendVarint(protowire.AppendTag(nil, recordNumber, protowire.VarintType), uint64(n)), m...)
}

// jsonNumber writes v as W&B does, which knows more numbers than JSON.
func jsonNumber(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
