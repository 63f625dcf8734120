// Command vision-sae trains sparse autoencoders on the activations of a vision
// transformer that was exported to ONNX.
package main

import (
	"os"

	"github.com/saego/saego/internal/cli"
)

func main() { os.Exit(cli.Main(cli.Vision)) }
