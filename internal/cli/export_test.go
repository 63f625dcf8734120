package cli

// ErrInterrupted is the cause of a context that a signal ended.
var ErrInterrupted = errInterrupted

// Options returns the keys that --help knows.
func Options() (keys []string) {
	for _, g := range groups {
		for _, o := range g.options {
			keys = append(keys, o.key)
		}
	}
	return keys
}

// Keys returns the keys of all fields of the settings of k.
func Keys(k Kind) (keys []string) {
	for key := range fields(k.Settings()) {
		keys = append(keys, key)
	}
	return keys
}

// Validate reports what is wrong with a configuration that is resolved.
func Validate(c *Config) error { return c.validate() }

// MemoryWarning is what a run of c is told where that many bytes are available.
func MemoryWarning(c *Config, available int) string { return c.memory().warning(available) }

// MemoryOf is what a run of k takes beside the network, in bytes.
func MemoryOf(k Kind) int { return memoryOf([]Kind{k}).total() }

// FromMeminfo reads what /proc/meminfo says.
func FromMeminfo(path string) int { return fromMeminfo(path) }
