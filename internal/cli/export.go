package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/sae/onnx"
)

// format is what an SAE can be exported to.
type format struct {
	name, about string
	file        string // default name, in the SAE's folder
	// write writes the file at path and says what is in it.
	write func(path string, m *sae.Model, from sae.Provenance, overwrite bool) (content string, err error)
}

var formats = []format{
	{"sae-onnx", "one ONNX graph that encodes and decodes", "sae.onnx", writeONNX},
}

// exportOptions are what export can be told.
type exportOptions struct {
	run, sae, format, output string
	overwrite                bool
}

func exportCommand(k Kind, stdout io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	var list []string
	for _, f := range formats {
		list = append(list, fmt.Sprintf("  %-10s %s", f.name, f.about))
	}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write an SAE in another format",
		Long: "Write an SAE in another format. The folder of an SAE itself is in sae-lens' format.\n\nFormats:\n" +
			strings.Join(list, "\n"),
		Example: fmt.Sprintf("  %s export --run out/gpt2 --format sae-onnx\n  %s export --sae DIR --format sae-onnx --output FILE", name, name),
		Args:    noArguments,
	}
	var o exportOptions
	cmd.Flags().StringVar(&o.run, "run", "", "`DIR` of a run, whose SAE is exported")
	cmd.Flags().StringVar(&o.sae, "sae", "", "`DIR` of an SAE, saego's or sae-lens'")
	cmd.Flags().StringVar(&o.format, "format", formats[0].name, "`NAME` of the format")
	cmd.Flags().StringVar(&o.output, "output", "", "`FILE` to write; default in the SAE's folder: "+formats[0].file)
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace a file that is there")
	cmd.SetHelpFunc(helpOf(newLayers(k, cmd.Flags(), func(setting) bool { return false })))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return exportSAE(cmd.Context(), o, stdout) }
	return cmd
}

func exportSAE(ctx context.Context, o exportOptions, stdout io.Writer) error {
	f, err := formatOf(o.format)
	switch {
	case err != nil:
		return usage(err)
	case (o.run == "") == (o.sae == ""):
		return usage(errors.New("want --run or --sae, one of them: name the folder of a run or of an SAE"))
	case o.run != "":
		if err := noSweep(o.run); err != nil {
			return err
		}
		o.sae = run.SAE(o.run)
	}
	m, from, err := sae.Load(o.sae)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if o.output == "" {
		o.output = filepath.Join(o.sae, f.file)
	}
	content, err := f.write(o.output, m, from, o.overwrite)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: pass --overwrite", err)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(o.output)
	if err != nil {
		return err
	}
	t := table{}
	t.row("SAE", o.sae)
	t.row(f.name, fmt.Sprintf("%s, %.1f MB", o.output, float64(info.Size())/1e6))
	t.row("content", content)
	return t.write(stdout)
}

func formatOf(name string) (format, error) {
	var names []string
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	return format{}, fmt.Errorf("format is %q, want %s: the folder of an SAE is in sae-lens' format already", name, strings.Join(names, " or "))
}

func writeONNX(path string, m *sae.Model, from sae.Provenance, overwrite bool) (string, error) {
	c := m.Config()
	content := fmt.Sprintf("x (rows, %d) to features (rows, %d) and reconstruction (rows, %d)", c.DIn, c.DSAE, c.Out())
	return content, onnx.Export(path, m, onnx.Options{From: from, Version: Version, Overwrite: overwrite})
}
