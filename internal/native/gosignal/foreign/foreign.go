//go:build cgo && linux

// Package foreign sets signal handlers as libraries in C do, for the tests of gosignal.
package foreign

/*
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t calls;

static void handle(int s) { calls++; }
static int count(void) { return calls; }

static int overwrite(int s, int flags) {
	struct sigaction a;
	memset(&a, 0, sizeof a);
	a.sa_handler = handle;
	a.sa_flags = flags;
	return sigaction(s, &a, NULL);
}

static int flags_of(int s) {
	struct sigaction a;
	return sigaction(s, NULL, &a) == 0 ? a.sa_flags : -1;
}

static int is_ours(int s) {
	struct sigaction a;
	return sigaction(s, NULL, &a) == 0 && a.sa_handler == handle;
}
*/
import "C"

import (
	"fmt"
	"syscall"
)

// OnStack is what Go wants of a handler: that it runs on the stack for signals.
const OnStack = C.SA_ONSTACK

// Overwrite sets a handler that counts its calls, with flags of sigaction.
func Overwrite(s syscall.Signal, flags int) error {
	if C.overwrite(C.int(s), C.int(flags)) != 0 {
		return fmt.Errorf("foreign: no handler can be set for signal %d (%v)", s, s)
	}
	return nil
}

// Has tells whether the handler of a signal is that of [Overwrite].
func Has(s syscall.Signal) bool { return C.is_ours(C.int(s)) != 0 }

// Flags returns those of a signal's handler.
func Flags(s syscall.Signal) int { return int(C.flags_of(C.int(s))) }

// Calls returns how often the handler was called.
func Calls() int { return int(C.count()) }
