package vec

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Env names the environment variable that chooses a set of instructions: a name of
// [Names]. It is for measurements and for looking at differences.
const Env = "SAEGO_KERNELS"

// pureGo is the set of the twins.
const pureGo = "go"

// set is the one in use. It is written by init and Use alone.
var set = best()

func best() string {
	if name := os.Getenv(Env); slices.Contains(Names(), name) {
		return name
	}
	return Names()[0]
}

// Name returns the set of instructions in use.
func Name() string { return set }

// Names lists the sets that this processor and this program have, the fastest first.
func Names() []string { return append(native(), pureGo) }

// Use chooses a set. It is not to be called while others compute.
func Use(name string) error {
	if !slices.Contains(Names(), name) {
		return fmt.Errorf("vec: instructions are %q, want one of %s", name, strings.Join(Names(), ", "))
	}
	set = name
	choose(name)
	return nil
}
