package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/internal/kernels/vec"
	"github.com/saego/saego/internal/native"
)

// Version of the programs.
const Version = "0.1.0"

func versionCommand(stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the versions of the program and of the libraries it wants", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(stdout, "%s %s (%s, %s %s/%s, kernels %s)\n%s %s\n%s %s\nJPEG by %s\nGPU: %s\n", cmd.Root().Name(), Version, revision(),
				runtime.Version(), runtime.GOOS, runtime.GOARCH, vec.Name(),
				native.ONNXRuntime().Title, native.ONNXRuntime().Version, native.OpenBLAS().Title, native.OpenBLAS().Version,
				pixels.JPEGDecoder(), device.Build())
			return err
		},
	}
}

// revision returns the commit that the program was built from, if it is known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown revision"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown revision"
}
