package logs

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const wandbDir = "wandb"

// wandb writes an offline run of W&B: wandb/offline-run-TIME-ID/run-ID.wandb, which
// `wandb sync` sends. Records of the same step share a row of its history, as in W&B.
//
// A run that is taken up again goes on in the same file, of which later steps are cut
// away. With a second folder instead, as W&B has it, the server would get those steps
// twice, for `wandb sync` appends the history of one to that of the other. If the
// file was synced in between, the server keeps what it has; the rest does go into a
// second folder then, which says that it resumes the run, and holds only the steps
// that the server lacks.
type wandb struct {
	file    *file
	began   time.Time // or would have, had the run not been interrupted
	records int       // in the file, before those of the last row
	synced  int       // last step that the server has, -1 for none

	step int
	row  row   // the last one, nil for none
	at   int64 // where its records begin
}

func openWandb(dir string, cfg Config, run Run) (sink, map[string]bool, error) {
	dir = filepath.Join(dir, wandbDir)
	files, err := wandbFiles(dir, cfg.WandbID)
	if err != nil {
		return nil, nil, err
	}
	w := &wandb{began: time.Now(), synced: -1}
	var p part
	for _, path := range files {
		if p, err = w.takeUp(path, run.ResumeStep); err != nil {
			return nil, nil, err
		}
	}
	id := cfg.WandbID
	switch {
	case p.path != "":
		id = wandbID(p.path)
	case id == "":
		id = strings.ToLower(rand.Text()[:8])
	}
	resume := p.synced
	if p.path == "" || p.synced {
		if p, err = newPart(dir, id); err != nil {
			return nil, nil, err
		}
		w.row = nil
	}
	if w.file, err = openFile(p.path); err != nil {
		return nil, nil, err
	}
	if p.end > 0 {
		err = w.file.cut(p.end)
	} else {
		err = w.introduce(id, cfg, run, resume)
	}
	if err != nil {
		return nil, nil, errors.Join(err, w.file.close())
	}
	return w, nil, nil // a value that comes again overwrites itself in its row
}

// part is one file of a run.
type part struct {
	path   string
	synced bool  // the server has it
	end    int64 // of what is kept; 0 if the run is not even introduced
}

// wandbFiles returns the .wandb files of the run with an id, or of any if it is "",
// in the order of their times.
func wandbFiles(dir, id string) ([]string, error) {
	files, err := matching(dir, "offline-run-*/run-*.wandb")
	return slices.DeleteFunc(files, func(path string) bool { return id != "" && id != wandbID(path) }), err
}

// wandbID returns the id in the name of a .wandb file.
func wandbID(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "run-"), ".wandb")
}

// newPart makes the folder of a file that begins now.
func newPart(dir, id string) (part, error) {
	for at := time.Now(); ; at = at.Add(time.Second) { // until it is the only one
		path := filepath.Join(dir, "offline-run-"+at.Format("20060102_150405")+"-"+id)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return part{path: filepath.Join(path, "run-"+id+".wandb")}, os.MkdirAll(filepath.Join(path, "files"), 0o755)
		} else if err != nil {
			return part{}, err
		}
	}
}

// takeUp reads what the run so far has in a file: up to a step, or all that is synced.
func (w *wandb) takeUp(path string, step int) (part, error) {
	p := part{path: path}
	data, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	if _, err := os.Stat(path + ".synced"); err == nil {
		p.synced = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	w.row = nil
	number := 0
	for data, end := range records(data) {
		number++
		if m := message(data); m.bytes(recordRun) != nil {
			w.records, p.end = number, end
		} else if history := m.bytes(recordHistory); history != nil {
			at, row := rowOf(history)
			if at > step && !p.synced {
				break
			}
			w.step, w.row, w.at, w.records = at, row, p.end, number-2
			p.end = end
		}
	}
	if w.row != nil {
		seconds, _ := strconv.ParseFloat(w.row[wandbRuntime], 64) // 0 for a row of others
		w.began = time.Now().Add(-time.Duration(seconds * float64(time.Second)))
		if p.synced {
			w.synced = max(w.synced, w.step)
		}
	}
	return p, nil
}

// introduce writes what comes before the first row.
func (w *wandb) introduce(id string, cfg Config, run Run, resume bool) error {
	introduction, err := runRecord(id, cfg, run, time.Now(), resume)
	if err != nil {
		return err
	}
	data := appendRecord([]byte(wandbHeader), 0, header().numbered(1))
	data = appendRecord(data, 0, introduction.numbered(2))
	w.records = 2
	return w.file.put(0, data)
}

func (w *wandb) write(e entry) error {
	if e.step <= w.synced {
		return nil
	}
	if w.row == nil || e.step != w.step {
		if w.row != nil {
			w.records += 2
		}
		w.step, w.row, w.at = e.step, row{}, w.file.end
	}
	if err := w.row.set(e); err != nil {
		return err
	}
	now := time.Now()
	w.row[wandbStep] = strconv.Itoa(e.step)
	w.row[wandbTimestamp] = jsonNumber(float64(now.UnixMicro()) / 1e6)
	w.row[wandbRuntime] = jsonNumber(now.Sub(w.began).Seconds())
	data := appendRecord(nil, w.at, w.row.summary().numbered(w.records+1))
	data = appendRecord(data, w.at, w.row.history(e.step).numbered(w.records+2))
	return w.file.put(w.at, data)
}

func (w *wandb) close(exitCode int) error {
	summary, end := exit(exitCode, time.Since(w.began))
	if w.row != nil {
		w.records += 2
	}
	data := appendRecord(nil, w.file.end, summary.numbered(w.records+1))
	data = appendRecord(data, w.file.end, end.numbered(w.records+2))
	return errors.Join(w.file.append(data), w.file.close())
}
