package logs

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
)

const jsonlFile = "metrics.jsonl"

// Keys that JSONL and CSV have beside those of a record's values.
const (
	stepKey    = "step"
	samplesKey = "n_training_samples"
)

// jsonl writes a JSON object per record: step, n_training_samples, and what the
// record holds under its keys. A value that is not finite is null. Histograms are
// objects of W&B's form, counts and edges: the file leaves out nothing that another
// log has, so that it alone is enough to draw a run.
type jsonl struct{ file *file }

func openJSONL(dir string, _ Config, run Run) (sink, map[string]bool, error) {
	f, err := openFile(filepath.Join(dir, jsonlFile))
	if err != nil {
		return nil, nil, err
	}
	end, seen, err := scanJSONL(f.reader(), run.ResumeStep)
	if err == nil {
		err = f.cut(end)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.close())
	}
	return &jsonl{f}, seen, nil
}

func (j *jsonl) write(e entry) error {
	line := map[string]any{}
	for key, v := range e.values {
		line[key] = v
		if !finite(v) {
			line[key] = nil
		}
	}
	for key, h := range e.histograms {
		line[key] = h
	}
	line[stepKey], line[samplesKey] = e.step, e.samples
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return j.file.append(append(data, '\n'))
}

func (j *jsonl) close(int) error { return j.file.close() }

// scanJSONL finds where the records end that a run keeps which goes on at a step:
// before the first one of a later step, or before a line that was not finished.
// Of that step it returns the keys. Lines that are no records are left as they are.
func scanJSONL(r io.Reader, step int) (end int64, seen map[string]bool, err error) {
	lines := bufio.NewReader(r)
	seen = map[string]bool{}
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, seen, nil
		}
		if err != nil {
			return 0, nil, err
		}
		var at struct {
			Step *int `json:"step"`
		}
		if json.Unmarshal(line, &at) == nil && at.Step != nil {
			switch {
			case *at.Step > step:
				return end, seen, nil
			case *at.Step == step:
				addKeys(seen, line)
			}
		}
		end += int64(len(line))
	}
}

// addKeys adds the keys of the values of a line of JSON.
func addKeys(seen map[string]bool, line []byte) {
	var values map[string]json.RawMessage
	if json.Unmarshal(line, &values) != nil {
		return
	}
	for key := range values {
		if key != stepKey && key != samplesKey {
			seen[key] = true
		}
	}
}
