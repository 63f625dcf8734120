package result

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine is where, when and with what was measured.
type Machine struct {
	Date      string   `json:"date"`     // UTC
	Revision  string   `json:"revision"` // of saego, "-dirty" where files were changed
	Processor string   `json:"processor"`
	Cores     int      `json:"cores"`      // that a process may use
	Vectors   []string `json:"vectors"`    // instructions that matter here
	Memory    int64    `json:"memory"`     // bytes
	LoadAtOne float64  `json:"load_1_min"` // before the first measurement, -1 where unknown
	System    string   `json:"system"`
	Go        string   `json:"go"`
	BLAS      string   `json:"blas"`              // saego's, with the kernels that it chose
	Runtime   string   `json:"runtime,omitempty"` // what runs saego's networks
	Card      string   `json:"card,omitempty"`    // what both sides train on, where it is not the processor
	Rows      string   `json:"rows"`              // what was trained on
	Quick     bool     `json:"quick,omitempty"`

	Peer *Peer `json:"peer,omitempty"`
}

// Peer is what PyTorch says of itself.
type Peer struct {
	Versions      map[string]string `json:"versions"`
	Threads       int               `json:"threads"`
	CPUCapability string            `json:"cpu_capability"`
	BLAS          string            `json:"blas"`
}

// vectors are the instructions that are looked for, by Linux' names.
var vectors = []string{"avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16"}

// ThisMachine describes what the system tells; the caller adds the rest.
func ThisMachine(ctx context.Context) Machine {
	m := Machine{
		Date: time.Now().UTC().Format("2006-01-02 15:04"), Revision: revision(ctx),
		Processor: runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), LoadAtOne: -1,
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
	}
	info := fields("/proc/cpuinfo")
	if name := info["model name"]; name != "" {
		m.Processor = name
		// A virtual machine may hide the name; family and model say it nevertheless.
		m.Processor += " (family " + info["cpu family"] + ", model " + info["model"] + ")"
	}
	flags := strings.Fields(info["flags"] + " " + info["Features"])
	for _, v := range vectors {
		if slices.Contains(flags, v) {
			m.Vectors = append(m.Vectors, v)
		}
	}
	if kb, _, ok := strings.Cut(fields("/proc/meminfo")["MemTotal"], " "); ok {
		n, _ := strconv.ParseInt(kb, 10, 64)
		m.Memory = 1024 * n
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(text), " ")
		m.LoadAtOne, _ = strconv.ParseFloat(first, 64)
	}
	return m
}

// fields returns the lines "key: value" of a file, the first of each key; empty where
// the system has no such file.
func fields(path string) map[string]string {
	text, _ := os.ReadFile(path)
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); out[key] == "" {
			out[key] = strings.TrimSpace(value)
		}
	}
	return out
}

// revision is git's name of what was built, "unknown" outside of a repository.
func revision(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// Peak returns the most memory that this process has held, in bytes; 0 where the
// system does not say. (getrusage's is that of the process that started this one,
// where that had more.)
func Peak() int64 {
	kb, _, _ := strings.Cut(fields("/proc/self/status")["VmHWM"], " ")
	n, _ := strconv.ParseInt(kb, 10, 64)
	return 1024 * n
}
