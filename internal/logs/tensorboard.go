package logs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

const tensorBoardDir = "tensorboard"

// Numbers of TensorFlow's fields (tensorflow/core/util/event.proto,
// framework/summary.proto) that loggers write.
const (
	eventWallTime    = 1
	eventStep        = 2
	eventFileVersion = 3
	eventSummary     = 5
	eventSession     = 7
	summaryValue     = 1
	valueTag         = 1
	valueSimple      = 2
	valueHistogram   = 5
	sessionStatus    = 1
	sessionStart     = 1 // a status
)

// eventPrefix begins the name of an event file; seconds since 1970 and the host follow.
const eventPrefix = "events.out.tfevents."

// events writes TensorBoard event files: per record an event with a summary of its
// scalars, as float32, and histograms.
//
// A run that is taken up again cuts what its earlier files say of later steps, so
// that no reader sees a step twice, and begins a new file. Each file begins with the
// start of a session. At the second start, a TensorBoard that is looking on forgets
// what it has read of the steps from there on.
type events struct{ file *file }

func openTensorBoard(dir string, _ Config, run Run) (sink, map[string]bool, error) {
	dir = filepath.Join(dir, tensorBoardDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	old, err := matching(dir, eventPrefix+"*") // in the order of their times
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	second := time.Now().Unix()
	for _, path := range old {
		if err := cutEvents(path, run.ResumeStep, seen); err != nil {
			return nil, nil, err
		}
		second = max(second, secondOf(path)+1) // TensorBoard reads files by their names' order
	}
	host, _ := os.Hostname() // only a name
	f, err := openFile(filepath.Join(dir, fmt.Sprintf("%s%010d.%s", eventPrefix, second, host)))
	if err != nil {
		return nil, nil, err
	}
	e := &events{f}
	version := event(0)
	version.text(eventFileVersion, "brain.Event:2")
	var session message
	session.uint(sessionStatus, sessionStart)
	start := event(run.ResumeStep + 1)
	start.nested(eventSession, session)
	if err := e.append(version, start); err != nil {
		return nil, nil, errors.Join(err, f.close())
	}
	return e, seen, nil
}

// secondOf reads the time in the name of an event file.
func secondOf(path string) int64 {
	digits, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), eventPrefix), ".")
	second, _ := strconv.ParseInt(digits, 10, 64) // 0 for a name of others
	return second
}

// cutEvents cuts an event file before the first event of a later step than step, or
// before one that is broken, and adds the tags of that step to seen.
func cutEvents(path string, step int, seen map[string]bool) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(f.reader())
	end := int64(0)
	for payload, next := range tfRecords(data) {
		at := message(payload).int(eventStep)
		if at > step {
			break
		}
		if end = next; at == step {
			for v := range message(payload).bytes(eventSummary).fields() {
				seen[string(message(v.bytes).bytes(valueTag))] = true
			}
		}
	}
	if err == nil {
		err = f.cut(end)
	}
	return errors.Join(err, f.close())
}

func (t *events) write(e entry) error {
	var summary message
	for _, key := range slices.Sorted(maps.Keys(e.values)) {
		var value message
		value.text(valueTag, key)
		value.float(valueSimple, float32(e.values[key]))
		summary.nested(summaryValue, value)
	}
	for _, key := range slices.Sorted(maps.Keys(e.histograms)) {
		var value message
		value.text(valueTag, key)
		value.nested(valueHistogram, e.histograms[key].tensorBoard())
		summary.nested(summaryValue, value)
	}
	m := event(e.step)
	m.nested(eventSummary, summary)
	return t.append(m)
}

func (t *events) append(messages ...message) error {
	var data []byte
	for _, m := range messages {
		data = appendTFRecord(data, m)
	}
	return t.file.append(data)
}

func (t *events) close(int) error { return t.file.close() }

// event begins an event that happens now.
func event(step int) (m message) {
	m.double(eventWallTime, float64(time.Now().UnixNano())/1e9)
	m.uint(eventStep, uint64(step))
	return m
}

// tensorBoard returns h as a HistogramProto: min, max, num, sum, sum_squares, and
// the bins by their upper edges.
func (h histogram) tensorBoard() (m message) {
	for i, v := range []float64{h.Edges[0], h.Edges[bins], h.n, h.sum, h.squares} {
		m.double(protowire.Number(i+1), v)
	}
	counts := make([]float64, bins)
	for i, n := range h.Counts {
		counts[i] = float64(n)
	}
	m.doubles(6, h.Edges[1:])
	m.doubles(7, counts)
	return m
}
