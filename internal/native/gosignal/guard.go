//go:build cgo && linux

package gosignal

/*
#include <signal.h>
#include <string.h>

static struct sigaction before[NSIG];
static int known[NSIG];

// save notes the handlers as they are. Those that the C library keeps to itself, and the
// two that nobody can handle, stay unknown.
static void save(void) {
	for (int s = 1; s < NSIG; s++) known[s] = sigaction(s, NULL, &before[s]) == 0;
}

// A nil pointer is a panic, so Go always handles this signal, and all by one function.
static int is_go(const struct sigaction *a) {
	return a->sa_sigaction == before[SIGSEGV].sa_sigaction;
}

// restore puts Go's handlers back where another one was set, and returns how many. A signal
// that Go left alone keeps the new handler, but has it called on the stack for signals.
// What ignores a signal or has its default effect is left: os/signal does so, too.
static int restore(void) {
	int n = 0;
	for (int s = 1; s < NSIG; s++) {
		struct sigaction now;
		if (!known[s] || sigaction(s, NULL, &now) != 0 || is_go(&now)) continue;
		if (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN) continue;
		if (is_go(&before[s])) {
			sigaction(s, &before[s], NULL);
			n++;
		} else if (!(now.sa_flags & SA_ONSTACK)) {
			now.sa_flags |= SA_ONSTACK;
			sigaction(s, &now, NULL);
		}
	}
	return n;
}
*/
import "C"

import "sync"

var guard struct {
	mu    sync.Mutex
	depth int // calls of Guard that are under way
}

// Guard calls f and puts back those of Go's handlers that it replaced. Calls may overlap.
// A signal that comes while f runs may still meet another handler.
func Guard(f func() error) error {
	guard.mu.Lock()
	if guard.depth == 0 {
		C.save()
	}
	guard.depth++
	guard.mu.Unlock()
	defer func() {
		guard.mu.Lock()
		defer guard.mu.Unlock()
		C.restore()
		guard.depth--
	}()
	return f()
}
