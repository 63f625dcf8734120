package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// Main runs the program of a kind with the process's arguments and returns its exit
// code: 0, 1 for a failure, 2 for a mistake in the call, 130 when interrupted. The
// first SIGINT or SIGTERM ends the run cleanly, a second one at once.
func Main(newKind func() Kind) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // the next one has its usual effect
			cancel(errInterrupted)
		case <-done:
		}
	}()
	return Run(ctx, newKind, os.Args[1:], os.Stdout, os.Stderr)
}

// Run is [Main] for given arguments and streams. Results go to stdout, everything
// else to stderr.
func Run(ctx context.Context, newKind func() Kind, args []string, stdout, stderr io.Writer) int {
	root := command(newKind, stdout, stderr)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		name, _, _ := newKind().Program()
		_, _ = fmt.Fprintf(stderr, "%s: %s\n", name, oneLine(err))
	}
	return exitCode(err)
}

// oneLine joins the lines of joined errors.
func oneLine(err error) string {
	return strings.Join(strings.Split(strings.TrimSpace(err.Error()), "\n"), "; ")
}

func command(newKind func() Kind, stdout, stderr io.Writer) *cobra.Command {
	name, short, example := newKind().Program()
	root := &cobra.Command{
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Use:               name, Short: short, Example: example,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("there is no command %q, see %s --help", args[0], name))
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(trainCommand(newKind(), stdout, stderr), evalCommand(newKind(), stdout, stderr),
		extractCommand(newKind(), stdout, stderr), storeCommand(newKind(), stdout, stderr),
		exportCommand(newKind(), stdout), hooksCommand(newKind(), stdout), versionCommand(stdout))
	return root
}

// noArguments refuses arguments that are not flags.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no argument, got %q", cmd.Name(), args[0]))
	}
	return nil
}
