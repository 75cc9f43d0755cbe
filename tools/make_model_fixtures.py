#!/usr/bin/env python3
"""Makes testdata/models: tiny random models, and what Hugging Face transformers computes with them.

Needs: torch, transformers 5.x, safetensors, tokenizers, gguf.   Use: make_model_fixtures.py [OUT_DIR]

Per model OUT_DIR/NAME/{config.json, model.safetensors, expected.safetensors, tokenizer.json, ...}.
expected.safetensors holds, for the token rows "a" (12 tokens) and "b" (5 tokens):
  ROW.input_ids [T] i64, ROW.logits [T, V] f32, and per layer L, all [T, F] f32:
  ROW.gate.L, ROW.up.L  outputs of gate_proj and up_proj;  ROW.act.L  input of down_proj;
  ROW.grad.L  gradient of sum_t log p(ids[t+1] | ids[..t]) with respect to act.L.
`llama` and `llama_untied` also come as GGUF (OUT_DIR/gguf), with the query and key rows reordered
as the GGUF format wants them for the Llama family, so that both inputs can be shown to be equal.
"""
import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

SEED = 11
COMMON = dict(model_type="llama", hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, vocab_size=96, max_position_embeddings=128,
              bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3_ROPE = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0,
                   high_freq_factor=4.0, original_max_position_embeddings=64)
MODELS = {
    # Tied head, llama3 rotary scaling; F is a multiple of 32, so that Q8_0 fits every row.
    "llama": dict(intermediate_size=64, head_dim=16, tie_word_embeddings=True,
                  rope_parameters=LLAMA3_ROPE),
    # Everything optional switched on: biases, a head width that is not D / H, linear scaling.
    "llama_untied": dict(intermediate_size=44, head_dim=12, num_key_value_heads=1,
                         tie_word_embeddings=False, mlp_bias=True, attention_bias=True,
                         rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=2.0)),
    # Plain rotary embedding, as many key-value heads as heads, config.json spelled as transformers 4.
    "llama_plain": dict(intermediate_size=48, num_key_value_heads=4, tie_word_embeddings=False,
                        rope_parameters=dict(rope_type="default", rope_theta=50000.0)),
}


def vocabulary():
    """96 tokens: three special ones, bytes of printable ASCII, the space, one merge."""
    return ["<pad>", "<s>", "</s>"] + [chr(c) for c in range(33, 124)] + ["\u0120", "th"]


def make_tokenizer(folder):
    tokens = vocabulary()
    bpe = models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[("t", "h")])
    tokenizer = Tokenizer(bpe)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(tokens[:3])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>",
                            eos_token="</s>").save_pretrained(folder)


def make_model(spec):
    config = AutoConfig.for_model(**{**COMMON, **spec})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32,
                                             attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(SEED)
    for name, weight in model.named_parameters():  # large, so that every part shows in the logits
        scale = 0.3 if "norm" in name else 0.6 if "embed" in name else 1.6 / weight.shape[-1] ** 0.5
        base = 1.0 if "norm" in name else 0.0
        weight.data = base + scale * torch.randn(weight.shape, generator=generator)
    return model, generator


def watch(model):
    """Hooks that leave every layer's gate, up and act of the last forward pass in the result."""
    seen = {}
    for idx, layer in enumerate(model.model.layers):
        def keep(kind, layer_idx):
            return lambda module, inputs, output: seen.__setitem__((kind, layer_idx), output)

        def keep_act(module, inputs, layer_idx=idx):
            inputs[0].retain_grad()
            seen["act", layer_idx] = inputs[0]
        layer.mlp.gate_proj.register_forward_hook(keep("gate", idx))
        layer.mlp.up_proj.register_forward_hook(keep("up", idx))
        layer.mlp.down_proj.register_forward_pre_hook(keep_act)
    return seen


def expected_values(model, generator):
    expected, seen = {}, watch(model)
    for row, length in (("a", 12), ("b", 5)):
        ids = torch.randint(3, model.config.vocab_size, (length,), generator=generator)
        logits = model(input_ids=ids[None], use_cache=False).logits[0]
        log_p = torch.log_softmax(logits, -1)
        log_p[:-1].gather(1, ids[1:, None]).sum().backward()
        expected[f"{row}.input_ids"] = ids
        expected[f"{row}.logits"] = logits.detach().contiguous()
        for idx in range(model.config.num_hidden_layers):
            for kind in ("gate", "up", "act"):
                expected[f"{row}.{kind}.{idx}"] = seen[kind, idx].detach()[0].contiguous()
            expected[f"{row}.grad.{idx}"] = seen["act", idx].grad[0].contiguous()
    return expected


def respell_config(path):
    """Rewrites a config.json of transformers 5 with the keys of transformers 4."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"], config["rope_scaling"] = rope["rope_theta"], None
    config["torch_dtype"] = config.pop("dtype")
    del config["head_dim"]  # left to hidden_size / num_attention_heads
    config["transformers_version"] = "4.51.0"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def llama3_factors(rope, head_dim):
    """What each rotary frequency is divided by (transformers, modeling_rope_utils: llama3)."""
    wavelengths = 2 * np.pi * rope["rope_theta"] ** (np.arange(0, head_dim, 2) / head_dim)
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = (rope["original_max_position_embeddings"] / wavelengths - low) / (high - low)
    smooth = np.clip(smooth, 0, 1)
    return (1 / ((1 - smooth) / rope["factor"] + smooth)).astype(np.float32)


GGUF_NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
              "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
              "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
              "post_attention_layernorm": "ffn_norm"}


def gguf_name(name):
    top = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
           "lm_head.weight": "output.weight"}
    if name in top:
        return top[name]
    _, _, layer, *middle, kind = name.split(".")
    return f"blk.{layer}.{GGUF_NAMES['.'.join(middle)]}.{kind}"


def interleave(array, heads):
    """Row order of GGUF's Llama q and k: the two rotary halves of each head alternate."""
    halves = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(array.shape))


def write_gguf(folder, path, quantise):
    config = json.loads((folder / "config.json").read_text())
    rope = config["rope_parameters"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(folder.name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary())
    writer.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * 93)
    writer.add_token_merges(["t h"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(rope, config["head_dim"]))
    for name, tensor in load_file(folder / "model.safetensors").items():
        array = tensor.numpy()
        if ".q_proj." in name:
            array = interleave(array, config["num_attention_heads"])
        if ".k_proj." in name:
            array = interleave(array, config["num_key_value_heads"])
        if quantise and array.ndim == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(gguf_name(name), array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(out):
    for name, spec in MODELS.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        model, generator = make_model(spec)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        save_file(expected_values(model, generator), folder / "expected.safetensors")
        if name == "llama_plain":
            respell_config(folder / "config.json")
        make_tokenizer(folder)
    (out / "gguf").mkdir(exist_ok=True)
    write_gguf(out / "llama", out / "gguf" / "llama-f32.gguf", quantise=False)
    write_gguf(out / "llama", out / "gguf" / "llama-q8_0.gguf", quantise=True)
    write_gguf(out / "llama_untied", out / "gguf" / "llama_untied-f32.gguf", quantise=False)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parent.parent
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "testdata" / "models")
