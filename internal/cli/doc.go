// Package cli is the command line that classifier-sae and vision-sae share.
//
// The two programs differ in what they read: texts by a tokenizer, pictures by a
// preprocessor. Everything else, from the flags to the files, is the same and is
// here. A program is a [Kind] given to [Main].
//
// Every setting is one key of one YAML file and one flag of the same name with
// dashes. Later ones win: defaults, --preset, --config, flags.
package cli
