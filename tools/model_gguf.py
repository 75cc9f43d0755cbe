"""Writes a tiny Hugging Face folder as a GGUF file, by the conventions of llama.cpp's converter:
tensor names, metadata keys, the order of query and key rows, norms that hold their own weight.
Part of make_model_fixtures.py.
"""
import json
import math

import gguf
import numpy as np
from safetensors.torch import load_file

READ_BY_TRANSFORMERS = ["llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "phi3_longrope"]
# Architectures whose rotary pairs are neighbours in GGUF, and halves in Hugging Face files.
INTERLEAVED = ["llama", "granite", "smollm3"]

NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
         "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.qkv_proj": "attn_qkv", "self_attn.o_proj": "attn_output",
         "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.gate_up_proj": "ffn_up",
         "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
         "post_attention_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}
# Gemma 2, Gemma 3 and OLMo 2 have another norm under the name that is Llama's norm before the MLP.
NAMES_WITH_POST_NORMS = {**NAMES, "post_attention_layernorm": "post_attention_norm",
                         "pre_feedforward_layernorm": "ffn_norm"}


def tensor_name(architecture, name):
    names = NAMES_WITH_POST_NORMS if architecture in ("gemma2", "gemma3", "olmo2") else NAMES
    stem, kind = name.rsplit(".", 1)
    if stem in names:
        return f"{names[stem]}.{kind}"
    _, _, layer, rest = stem.split(".", 3)
    return f"blk.{layer}.{names[rest]}.{kind}"


def interleave(array, heads):
    """The two rotary halves of each head alternate."""
    halves = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(array.shape))


def llama3_factors(rope, head_dim):
    """What each rotary frequency is divided by (transformers, modeling_rope_utils: llama3)."""
    wavelengths = 2 * np.pi * rope["rope_theta"] ** (np.arange(0, head_dim, 2) / head_dim)
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = (rope["original_max_position_embeddings"] / wavelengths - low) / (high - low)
    smooth = np.clip(smooth, 0, 1)
    return (1 / ((1 - smooth) / rope["factor"] + smooth)).astype(np.float32)


def add_sizes(writer, config, architecture):
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
    if "head_dim" in config:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    rope = config["rope_parameters"]
    if architecture in INTERLEAVED:
        writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(rope.get("full_attention", rope)["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if architecture in INTERLEAVED:
        writer.add_vocab_size(config["vocab_size"])
    return head_dim


def add_rope(writer, config, head_dim):
    rope = config["rope_parameters"]
    if "full_attention" in rope:
        writer.add_rope_freq_base_swa(rope["sliding_attention"]["rope_theta"])
        rope = rope["full_attention"]
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(rope, head_dim))


def add_phi3_rope(writer, config, head_dim):
    rope = config["rope_parameters"]
    original = config["original_max_position_embeddings"]
    writer.add_rope_dimension_count(int(rope.get("partial_rotary_factor", 1.0) * head_dim))
    writer.add_rope_scaling_orig_ctx_len(original)
    writer.add_sliding_window(config["sliding_window"] or 0)
    if rope["rope_type"] != "longrope":
        return
    scale = config["max_position_embeddings"] / original
    writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(original)))
    for kind in ("long", "short"):
        writer.add_tensor(f"rope_factors_{kind}.weight", np.array(rope[f"{kind}_factor"], np.float32))


def add_extras(writer, config, architecture):
    if architecture in ("gemma2", "gemma3"):
        writer.add_sliding_window(config["sliding_window"])
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    if architecture == "granite":
        writer.add_attention_scale(config["attention_multiplier"])
        writer.add_embedding_scale(config["embedding_multiplier"])
        writer.add_residual_scale(config["residual_multiplier"])
        writer.add_logit_scale(config["logits_scaling"])


def add_tokenizer(writer, tokens):
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(tokens) - 3))
    writer.add_token_merges(["t h"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)


def add_tensors(writer, folder, config, architecture, kind):
    quantisation = {"q8_0": gguf.GGMLQuantizationType.Q8_0, "bf16": gguf.GGMLQuantizationType.BF16}
    for name, tensor in load_file(folder / "model.safetensors").items():
        array = tensor.float().numpy()
        if architecture in INTERLEAVED and ".q_proj." in name:
            array = interleave(array, config["num_attention_heads"])
        if architecture in INTERLEAVED and ".k_proj." in name:
            array = interleave(array, config["num_key_value_heads"])
        if architecture.startswith("gemma") and name.endswith("norm.weight"):
            array = array + np.float32(1)
        name = tensor_name(architecture, name)
        if kind in quantisation and array.ndim == 2:
            data = gguf.quants.quantize(array, quantisation[kind])
            writer.add_tensor(name, data, raw_dtype=quantisation[kind])
        else:
            writer.add_tensor(name, array)


def write(folder, path, kind, tokens):
    """`kind`: f32, bf16 or q8_0, the type of the matrices."""
    config = json.loads((folder / "config.json").read_text())
    architecture = config["model_type"].removesuffix("_text")
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(folder.name)
    head_dim = add_sizes(writer, config, architecture)
    if architecture == "phi3":
        add_phi3_rope(writer, config, head_dim)
    else:
        add_rope(writer, config, head_dim)
    add_extras(writer, config, architecture)
    add_tokenizer(writer, tokens)
    add_tensors(writer, folder, config, architecture, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
