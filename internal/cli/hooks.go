package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/saego/saego/models"
	"github.com/saego/saego/models/onnx"
)

func hooksCommand(k Kind, stdout io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "hooks",
		Short: "List the tensors of a model that can be read",
		Long: "List the tensors of a model that --hook can name: what leaves each module of the network,\n" +
			"block by block, with its shape and its name in TransformerLens where it has one.",
		Example: fmt.Sprintf("  %s hooks --model models/gpt2\n  %s hooks --model model.onnx", name, name),
		Args:    noArguments,
	}
	var model string
	var asJSON bool
	cmd.Flags().StringVar(&model, "model", "", "`DIR` of a model, or any ONNX file; demo is the embedded model")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.SetHelpFunc(helpOf(newLayers(k, cmd.Flags(), func(setting) bool { return false })))
	cmd.RunE = func(*cobra.Command, []string) error { return listHooks(k, model, asJSON, stdout) }
	return cmd
}

func listHooks(k Kind, model string, asJSON bool, stdout io.Writer) (err error) {
	if model == "" {
		return usage(errors.New("--model is missing: name the folder of a model, or an ONNX file"))
	}
	g, err := openGraph(k, model)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	hooks := g.Hooks()
	if len(hooks) == 0 {
		return fmt.Errorf("%s: the graph keeps neither paths of modules nor shapes of tensors: run shape inference on it "+
			"(onnx.shape_inference.infer_shapes_path in Python), or export it again", model)
	}
	if asJSON {
		return hooksJSON(hooks, stdout)
	}
	return hooksTable(hooks, stdout)
}

// openGraph reads the graph of a model folder, of the embedded model, or in a file.
func openGraph(k Kind, model string) (*onnx.Graph, error) {
	if info, err := os.Stat(model); err == nil && info.Mode().IsRegular() {
		return onnx.Open(model)
	}
	if model == demoName {
		m, err := k.Demo()
		if err != nil {
			return nil, err
		}
		return m.Graph()
	}
	m, err := models.Open(model)
	if err != nil {
		return nil, err
	}
	return m.Graph()
}

func hooksTable(hooks []onnx.Hook, stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "HOOK\tSHAPE\tTRANSFORMERLENS")
	block := ""
	for _, h := range hooks {
		if h.Block != block {
			block = h.Block
			_, _ = fmt.Fprintln(w, "\t\t")
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", h.Name, h.Value.Axes(), h.Lens)
	}
	return w.Flush() // tells of the errors before it too
}

func hooksJSON(hooks []onnx.Hook, stdout io.Writer) error {
	type line struct {
		Hook            string `json:"hook"`
		Tensor          string `json:"tensor"`
		Shape           []any  `json:"shape"` // sizes, and names of dynamic axes; null where it is not known
		DType           string `json:"dtype"`
		Block           string `json:"block,omitempty"`
		TransformerLens string `json:"transformerlens,omitempty"`
	}
	lines := make([]line, len(hooks))
	for i, h := range hooks {
		lines[i] = line{Hook: h.Name, Tensor: h.Value.Name, DType: h.Value.Elem.String(), Block: h.Block, TransformerLens: h.Lens}
		for _, d := range h.Value.Shape {
			if d.Size > 0 {
				lines[i].Shape = append(lines[i].Shape, d.Size)
			} else {
				lines[i].Shape = append(lines[i].Shape, d.Name)
			}
		}
	}
	enc := json.NewEncoder(stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(lines)
}
