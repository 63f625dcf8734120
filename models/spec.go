package models

// Version is the format version of model.json that this package reads and
// scripts/export_onnx.py writes.
const Version = 1

// Families of exported networks, as scripts/export_onnx.py names them. Those for texts
// come first.
const (
	FamilyGPT2Classifier = "gpt2-classifier" // HF GPT2ForSequenceClassification
	FamilyBERT           = "bert"            // HF BERT, DistilBERT or RoBERTa, with or without a classifier
	FamilyCausalLM       = "causal-lm"       // HF decoder-only language model: GPT-2, GPT-NeoX, Llama

	FamilyViT        = "vit"         // timm VisionTransformer: ViT, DeiT, DINOv2
	FamilyHFViT      = "hf-vit"      // HF ViT or DeiT
	FamilyDINOv2     = "dinov2"      // HF DINOv2, with or without registers
	FamilyCLIPVision = "clip-vision" // vision tower of HF's CLIP
)

// Spec is the content of model.json: everything that a reader of a model folder
// has to know about the exported network. scripts/export_onnx.py writes it.
type Spec struct {
	Version    int               `json:"version"`     // format version, see [Version]
	Family     string            `json:"family"`      // FamilyGPT2Classifier, FamilyViT, ...
	Name       string            `json:"name"`        // hub id or timm name, for people
	Graph      string            `json:"graph"`       // file name of the ONNX graph
	Files      map[string]File   `json:"files"`       // every file of the folder but model.json, by name
	Inputs     []Input           `json:"inputs"`      // in the graph's order
	Hooks      []Hook            `json:"hooks"`       // hook points, in forward order
	Logits     string            `json:"logits"`      // name of the logits output (batch, len(Labels)), of a language model (batch, position, vocabulary); "" for a network without
	Labels     []string          `json:"labels"`      // class names by index; empty where the logits are of no classes
	Text       *Text             `json:"text"`        // set for text models, else null
	Vision     *Vision           `json:"vision"`      // set for vision models, else null
	Golden     string            `json:"golden"`      // safetensors: each input, each hook and the logits by name
	ExportedBy map[string]string `json:"exported_by"` // tool and library versions, for provenance
}

// File pins one file of the folder.
type File struct {
	SHA256 string `json:"sha256"` // lower-case hex
	Bytes  int64  `json:"bytes"`
}

// Input is an input of the graph.
type Input struct {
	Name  string `json:"name"`
	DType string `json:"dtype"` // "int64" or "float32"
	Shape []any  `json:"shape"` // a number, or the name of a dynamic axis
}

// Hook is a hook point: a graph output that holds the activations (batch,
// position, d_in) of one module, named by its PyTorch module path.
type Hook struct {
	Name string `json:"name"` // "transformer.h.6", "blocks.6"
	DIn  int    `json:"d_in"` // width of a row
}

// Text says how a text model is fed.
type Text struct {
	Tokenizer       string `json:"tokenizer"`         // file name, HF tokenizer.json
	ContextSize     int    `json:"context_size"`      // most tokens that the model takes
	PadTokenID      int    `json:"pad_token_id"`      // fills masked positions
	SpecialTokenIDs []int  `json:"special_token_ids"` // ids that stand for no text

	// GoldenTokens is the name of a file with texts and the ids that Hugging Face's
	// tokenizer gives them, see [Model.GoldenTokens]; "" in folders of old exporters.
	GoldenTokens string `json:"golden_tokens,omitempty"`
}

// Interpolation filters, as Pillow defines them.
const (
	Bilinear = "bilinear"
	Bicubic  = "bicubic"
)

// How a picture is brought to size before the crop.
const (
	ResizeShorter = "shorter" // the shorter side becomes Resize[0], torchvision's rounding
	ResizeExact   = "exact"   // to Resize[0] x Resize[1], the aspect is not kept
)

// How the corner of the centre crop is rounded where an odd number of pixels is left.
const (
	CropHalfEven = "half_even" // to the even number, torchvision's CenterCrop
	CropFloor    = "floor"     // down, Hugging Face's image processors
)

// Vision says how a vision model is fed: decode to RGB, resize, centre crop,
// scale to [0, 1], normalise; as timm's data config or HF's processor states it.
type Vision struct {
	ResizeMode    string     `json:"resize_mode"`   // ResizeShorter or ResizeExact
	Resize        [2]int     `json:"resize"`        // (height, width); equal for ResizeShorter
	Interpolation string     `json:"interpolation"` // Bilinear or Bicubic, with antialias
	Crop          [2]int     `json:"crop"`          // (height, width) fed to the network
	Mean          [3]float32 `json:"mean"`          // RGB, of values in [0, 1]
	Std           [3]float32 `json:"std"`
	PrefixTokens  int        `json:"prefix_tokens"` // CLS, distillation and register tokens before the patches
	Grid          [2]int     `json:"grid"`          // patches (rows, columns)

	CropRounding string `json:"crop_rounding,omitempty"` // CropHalfEven or CropFloor; "" = CropHalfEven
}
