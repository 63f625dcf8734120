// Package logs writes what a run measures, in several formats at once.
//
// A run logs for more than one reader: pandas, TensorBoard, W&B, a person with
// less. [Open] starts a logger for each: metrics.jsonl and metrics.csv always,
// TensorBoard event files and an offline run of W&B where [Config] asks for them.
//
// Three things hold for all of them.
//
//   - A logger that fails never stops a run: it is dropped with one warning, and the
//     others go on.
//   - An entry is on its way to the disk when [Logs.Log] returns, in one write that
//     leaves a whole file behind: after a kill -9 every file can be read.
//   - A run that is taken up again at a step leaves the files that it would have
//     left uninterrupted: what is past that step is cut away, and what was logged of
//     the step itself is not logged twice.
package logs

import (
	"fmt"
	"maps"
)

// Record is one entry of a run's log.
type Record struct {
	Step       int                  // steps taken; no less than that of the record before
	Samples    int                  // rows trained on
	Values     map[string]float64   // by sae-lens' log keys, such as losses/mse_loss
	Histograms map[string][]float32 // values to be counted, under such keys, too
}

// Run is what loggers tell of a run beside its records.
type Run struct {
	Name       string         // for people, where [Config] has none
	Config     map[string]any // settings by their keys: what JSON can hold
	ResumeStep int            // step that the run is taken up at; 0 = it begins
}

// Logs are the loggers of one run. A Logs is not for use from several goroutines.
type Logs struct {
	run     Run
	loggers []*logger
	warn    func(string)
}

// logger is a sink with what it need not be told again.
type logger struct {
	name string
	sink sink
	seen map[string]bool // keys that were logged of ResumeStep before
}

// sink takes the entries of a run, whose steps never fall, in one format. After an
// error it is closed and not used again.
type sink interface {
	write(entry) error
	// close ends the log of a run that ends with the given exit code of its process.
	close(exitCode int) error
}

// kinds are the formats. open takes a log up again at run.ResumeStep, of which it
// returns the keys that are logged, if logging them again would show.
var kinds = []struct {
	name string
	on   func(Config) bool
	open func(dir string, cfg Config, run Run) (sink, map[string]bool, error)
}{
	{jsonlFile, always, openJSONL},
	{csvFile, always, openCSV},
	{tensorBoardDir, func(c Config) bool { return c.LogToTensorBoard }, openTensorBoard},
	{wandbDir, func(c Config) bool { return c.LogToWandb }, openWandb},
}

func always(Config) bool { return true }

// Names returns the names of all files and folders that loggers may make in dir.
func Names() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Open starts the loggers of a run in the folder dir. warn takes what goes wrong, a
// sentence each; only settings that are wrong are an error.
func Open(dir string, cfg Config, run Run, warn func(string)) (*Logs, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("logs: %w", err)
	}
	if cfg.RunName != "" {
		run.Name = cfg.RunName
	}
	l := &Logs{run: run, warn: warn}
	for _, k := range kinds {
		if !k.on(cfg) {
			continue
		}
		s, seen, err := k.open(dir, cfg, run)
		if err != nil {
			l.complain(k.name, err)
			continue
		}
		l.loggers = append(l.loggers, &logger{k.name, s, seen})
	}
	return l, nil
}

// Log writes a record. What was logged of [Run].ResumeStep before the run was taken
// up is left out, and so is all that belongs to steps before.
func (l *Logs) Log(r Record) {
	if r.Step < l.run.ResumeStep {
		return
	}
	e := newEntry(r)
	var working []*logger
	for _, g := range l.loggers {
		if err := g.write(e, e.step == l.run.ResumeStep); err != nil {
			l.complain(g.name, err)
			_ = g.sink.close(1) // the error that matters has been told
			continue
		}
		working = append(working, g)
	}
	l.loggers = working
}

// write leaves out what the logger has seen, if that is asked for.
func (g *logger) write(e entry, again bool) error {
	if again && len(g.seen) > 0 {
		if e = e.without(g.seen); len(e.values)+len(e.histograms) == 0 {
			return nil
		}
	}
	return g.sink.write(e)
}

// Close ends the logs of a run; exitCode is that of its process, 0 for success.
func (l *Logs) Close(exitCode int) {
	for _, g := range l.loggers {
		if err := g.sink.close(exitCode); err != nil {
			l.complain(g.name, err)
		}
	}
	l.loggers = nil
}

func (l *Logs) complain(name string, err error) {
	l.warn(fmt.Sprintf("logs: %s: %v: nothing more is logged there, the run goes on", name, err))
}

// entry is a record as sinks take it: its histograms are counted once for all.
type entry struct {
	step, samples int
	values        map[string]float64
	histograms    map[string]histogram
}

func newEntry(r Record) entry {
	e := entry{r.Step, r.Samples, r.Values, map[string]histogram{}}
	for key, values := range r.Histograms {
		if h, ok := newHistogram(values); ok {
			e.histograms[key] = h
		}
	}
	return e
}

// without returns e without the keys in seen.
func (e entry) without(seen map[string]bool) entry {
	e.values, e.histograms = maps.Clone(e.values), maps.Clone(e.histograms)
	maps.DeleteFunc(e.values, func(key string, _ float64) bool { return seen[key] })
	maps.DeleteFunc(e.histograms, func(key string, _ histogram) bool { return seen[key] })
	return e
}
