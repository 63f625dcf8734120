// Command parity writes what saego computes in a form that Python can compare with
// the real libraries.
//
// A test in Go cannot ask PyTorch, and a golden file holds few numbers. This command
// runs the very code that the programs run, on real data, and writes safetensors
// files; scripts/parity.sh calls it and lets check_rows.py, parity_hooks.py and
// parity_sae.py look at them. What it writes is a function of its arguments and the data:
//
//	go run ./internal/parity rows --model DIR --data PATH --hook NAME --output rows.safetensors
//	go run ./internal/parity hooks --graph FILE --inputs FILE --hooks NAME,… --output hooks.safetensors
//	go run ./internal/parity sae --output DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// errUsage is a mistake in the call that has been reported.
var errUsage = errors.New("wrong usage")

// run returns the exit code: 0, 1 for a failure, 2 for a mistake in the call.
func run(ctx context.Context, args []string) int {
	err := dispatch(ctx, args)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(os.Stderr, "parity:", err)
	return 1
}

func dispatch(ctx context.Context, args []string) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "rows":
		job, err := parseRows(args)
		if err != nil {
			return err
		}
		return job.run(ctx)
	case "hooks":
		job, err := parseHooks(args)
		if err != nil {
			return err
		}
		return job.run(ctx)
	case "sae":
		return saes(ctx, args)
	}
	fmt.Fprintf(os.Stderr, "parity: command %q: want rows, hooks or sae\n", name)
	return errUsage
}

// parse reads args; the flag package reports what is wrong.
func parse(flags *flag.FlagSet, args []string) error {
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(flags.Output(), "parity %s: unexpected %q\n", flags.Name(), flags.Arg(0))
		return errUsage
	}
	return nil
}
