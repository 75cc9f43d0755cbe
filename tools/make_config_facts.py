#!/usr/bin/env python3
"""Makes testdata/configs: what Hugging Face transformers makes of config.json files.

Needs: torch, transformers 5.x.
Use: make_config_facts.py [OUT_DIR]

OUT_DIR/NAME.json holds `config`, the config.json, and `facts`, read off the model that transformers
builds of it (without memory, on the meta device): sizes, what each layer does, numbers, and names and
shapes of the tensors outside of layers and of layer 0. The configs are config_specs.PUBLISHED (those
of published models) and config_specs.VARIANTS (rules and defaults of the configuration classes).
"""
import json
import pathlib
import sys
import tempfile

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, Gemma3ForConditionalGeneration
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

import config_specs


def read_config(config):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
        return AutoConfig.from_pretrained(folder)


def build(config):
    with torch.device("meta"):
        if config.model_type == "gemma3":
            return Gemma3ForConditionalGeneration(config)
        return AutoModelForCausalLM.from_config(config)


def window(text, attention):
    """transformers 5: Mistral and Phi-3 hand the config's window to the mask, others a layer's own."""
    if text.model_type in ("mistral", "phi3"):
        return text.sliding_window
    return getattr(attention, "sliding_window", None)


def pick(frequencies):
    """Four of them."""
    values = frequencies.tolist()
    return [values[0], values[1], values[len(values) // 2], values[-1]]


def rope(rotary, text, layer_type):
    """Frequencies and the factor of cos and sin in a layer of that type."""
    rotary = type(rotary)(text)  # with numbers
    prefix = layer_type + "_" if hasattr(rotary, f"{layer_type}_inv_freq") else ""
    frequencies = getattr(rotary, prefix + "inv_freq")
    result = {"rotary_dim": 2 * len(frequencies), "frequencies": pick(frequencies),
              "factor": getattr(rotary, prefix + "attention_scaling")}
    if getattr(rotary, "rope_type", None) == "longrope":
        limit = text.rope_parameters["original_max_position_embeddings"]
        long, _ = ROPE_INIT_FUNCTIONS["longrope"](text, seq_len=limit + 1)
        result |= {"limit": limit, "long_frequencies": pick(long)}
    return result


def layer_facts(model, text, index, layer):
    attention = layer.self_attn
    types = getattr(text, "layer_types", None)
    rotates = getattr(attention, "use_rope", 1)
    return {"window": window(text, attention) or 0,
            "rope": rope(model.rotary_emb, text, types[index] if types else "") if rotates else None}


def tensor_shapes(model):
    """Of the language model, outside of layers and in layer 0, as in a text-only file."""
    shapes = {}
    for name, tensor in model.state_dict().items():
        name = name.replace("model.language_model.", "model.")
        if "vision" in name or "projector" in name or (".layers." in name and ".layers.0." not in name):
            continue
        shapes[name] = list(tensor.shape)
    if model.get_output_embeddings().weight is model.get_input_embeddings().weight:
        shapes.pop("lm_head.weight")
    return shapes


def facts_of(config):
    whole = build(config)
    text = config.get_text_config()
    model = getattr(whole.model, "language_model", whole.model)
    layers = [layer_facts(model, text, i, layer) for i, layer in enumerate(model.layers)]
    first = model.layers[0]
    act = getattr(first.mlp, "act_fn", None) or first.mlp.activation_fn
    norm = model.norm
    return {
        "num_layers": len(layers), "hidden_size": text.hidden_size,
        "intermediate_size": text.intermediate_size, "num_heads": text.num_attention_heads,
        "num_kv_heads": text.num_key_value_heads, "head_dim": first.self_attn.head_dim,
        "vocab_size": text.vocab_size, "max_position_embeddings": text.max_position_embeddings,
        "rms_norm_eps": getattr(norm, "variance_epsilon", None) or norm.eps,
        "activation_of_1": float(act(torch.tensor(1.0))),
        "attention_scale": first.self_attn.scaling,
        "attention_softcap": (text.attn_logit_softcapping or 0) if text.model_type == "gemma2" else 0,
        "logit_softcap": getattr(text, "final_logit_softcapping", None) or 0,
        "embedding_multiplier": getattr(model.embed_tokens, "scalar_embed_scale", None)
                                or getattr(model, "embedding_multiplier", 1),
        "residual_multiplier": getattr(first, "residual_multiplier", 1),
        "logit_divisor": getattr(text, "logits_scaling", 1),
        "layers": layers, "tensors": tensor_shapes(whole)}


def share_equal_layers(facts):
    """Layers as numbers into a list of the different ones."""
    kinds, numbers = [], []
    for layer in facts["layers"]:
        if layer not in kinds:
            kinds.append(layer)
        numbers.append(kinds.index(layer))
    return facts | {"layer_kinds": kinds, "layers": numbers}


def main():
    transformers.utils.logging.set_verbosity_error()
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                       pathlib.Path(__file__).parent.parent / "testdata/configs")
    for name, config in (config_specs.PUBLISHED | config_specs.VARIANTS).items():
        facts = share_equal_layers(facts_of(read_config(config)))
        lines = [f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in facts.items()]
        text = (f'{{\n  "config": {json.dumps(config)},\n  "facts": {{\n' + ",\n".join(lines) + "\n  }\n}\n")
        (out / f"{name}.json").write_text(text)
        print(name)


if __name__ == "__main__":
    main()
