// Package gosignal keeps the signal handlers of Go's runtime, which libraries replace.
//
// Go wants its own handlers for nearly all signals: Ctrl-C and SIGTERM come to os/signal by
// them, a nil pointer becomes a panic, and the scheduler interrupts goroutines. NVIDIA's
// libraries set handlers of their own, without SA_ONSTACK, and the next signal on a
// goroutine's small stack ends the program ("non-Go code set up signal handler without
// SA_ONSTACK flag"). [Guard] goes round every call that may start such a library.
package gosignal
