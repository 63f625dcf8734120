"""Family causal-lm: decoder-only language models of Hugging Face's: GPT-2, GPT-NeoX (Pythia), Llama.

Their logits are those of the next token, (batch, position, vocabulary); there are no
classes.
"""

import torch

from . import ExportError, gpt2, hf, text, tokenizer

BLOCKS = {"gpt2": "transformer.h", "gpt_neox": "gpt_neox.layers", "llama": "model.layers"}


def configs():
    """Return {name: function that makes the config} of the published sizes."""
    from transformers import GPTNeoXConfig, LlamaConfig

    return gpt2.configs() | {
        "EleutherAI/pythia-70m": lambda: GPTNeoXConfig(
            vocab_size=50304, hidden_size=512, num_hidden_layers=6, num_attention_heads=8, intermediate_size=2048,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25}),
        "TinyLlama/TinyLlama-1.1B": lambda: LlamaConfig(
            hidden_size=2048, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4,
            intermediate_size=5632, rms_norm_eps=1e-5),
    }


def call(module, ids, mask):
    """Return the logits. Positions are given for each text: ONNX Runtime's RotaryEmbedding does not broadcast them."""
    positions = torch.arange(ids.shape[1], device=ids.device).expand(ids.shape)
    return module(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False).logits


def load(model, name=None, labels=None, random_init=None, tok=None):
    """Return the Network of a hub id or a local folder."""
    from transformers import AutoModelForCausalLM

    if labels:
        raise ExportError("--labels: a language model has no classes: leave it out")
    folder = hf.find_folder(model)
    tok_path = tokenizer.find(model, folder, tok, random_init)
    module = hf.load(model, folder, tuple(BLOCKS), lambda *_: AutoModelForCausalLM, configs(), random_init)
    config = module.config
    return text.describe(
        module, "causal-lm", model, folder, name, random_init, tok_path, call=call,
        hooks=[f"{BLOCKS[config.model_type]}.{i}" for i in range(config.num_hidden_layers)],
        context=config.max_position_embeddings, golden=8)
