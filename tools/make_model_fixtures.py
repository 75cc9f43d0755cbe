#!/usr/bin/env python3
"""Makes testdata/models: tiny random models, and what Hugging Face transformers computes with them.

Needs: torch, transformers 5.x, safetensors, tokenizers, gguf.
Use: make_model_fixtures.py [OUT_DIR [NAME ...]]   without NAME: all of them

Per model OUT_DIR/NAME/{config.json, model.safetensors, expected.safetensors, tokenizer.json, ...}.
expected.safetensors holds, for the token rows "a" (12 tokens) and "b" (5 tokens):
  ROW.input_ids [T] i64, ROW.logits [T, V] f32, and per layer L, all [T, F] f32:
  ROW.gate.L, ROW.up.L  outputs of gate_proj and up_proj;  ROW.act.L  input of down_proj;
  ROW.grad.L  gradient of sum_t log p(ids[t+1] | ids[..t]) with respect to act.L.
Row a is longer than every sliding window, and row b not longer than phi3_longrope's first limit.
The llama models are f32; the others hold bf16 values, so that a file of half the size has the same
numbers. GGUF versions (OUT_DIR/gguf, model_gguf.py) hold the same weights as their folder; those that
transformers can read are shown to give its logits. config_transformers4.json says what config.json
says, in the keys of transformers 4. gemma3_multimodal_modules has the weights of gemma3_multimodal
(saved under the names that Google's files have) under the names of transformers 4.52's modules.
`mixtral` is a config.json alone: an architecture that is refused.
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

import model_gguf
from model_fixture_specs import COMMON, MODELS, MULTIMODAL, SPELLED_AS_TRANSFORMERS_4

SEED = 11
GGUF = ["llama", "llama_untied", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3",
        "phi3_longrope", "granite", "olmo2", "smollm3"]
GGUF_Q8 = ["llama", "phi3"]
transformers.utils.logging.disable_progress_bar()


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


def make_model(name, spec):
    config = AutoConfig.for_model(**spec)
    make = (transformers.Gemma3ForConditionalGeneration._from_config if name in MULTIMODAL
            else AutoModelForCausalLM.from_config)
    model = make(config, dtype=torch.float32, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(SEED)
    norm_base = 0.0 if name.startswith("gemma") else 1.0  # Gemma's norms multiply by 1 + weight
    for parameter, weight in model.named_parameters():  # large, so that every part shows in the logits
        norm = "norm" in parameter
        scale = 0.3 if norm else 0.6 if "embed" in parameter else 1.6 / weight.shape[-1] ** 0.5
        weight.data = (norm_base if norm else 0.0) + scale * torch.randn(weight.shape, generator=generator)
        if not name.startswith("llama"):
            weight.data = weight.data.bfloat16().float()
    return model, generator


def text_layers(model):
    text = model.model.language_model if hasattr(model.model, "language_model") else model.model
    return text.layers


def watch(model):
    """Hooks that leave every layer's gate, up and act of the last forward pass in the result."""
    seen = {}
    for idx, layer in enumerate(text_layers(model)):
        def keep(kind, layer_idx):
            return lambda module, inputs, output: seen.__setitem__((kind, layer_idx), output)

        def keep_both(module, inputs, output, layer_idx=idx):
            seen["gate", layer_idx], seen["up", layer_idx] = output.chunk(2, dim=-1)

        def keep_act(module, inputs, layer_idx=idx):
            inputs[0].retain_grad()
            seen["act", layer_idx] = inputs[0]
        if hasattr(layer.mlp, "gate_up_proj"):
            layer.mlp.gate_up_proj.register_forward_hook(keep_both)
        else:
            layer.mlp.gate_proj.register_forward_hook(keep("gate", idx))
            layer.mlp.up_proj.register_forward_hook(keep("up", idx))
        layer.mlp.down_proj.register_forward_pre_hook(keep_act)
    return seen


def expected_values(model, generator):
    expected, seen = {}, watch(model)
    for row, length in (("a", 12), ("b", 5)):
        vocab_size = model.config.get_text_config().vocab_size
        ids = torch.randint(3, vocab_size, (length,), generator=generator)
        logits = model(input_ids=ids[None], use_cache=False).logits[0]
        log_p = torch.log_softmax(logits, -1)
        log_p[:-1].gather(1, ids[1:, None]).sum().backward()
        expected[f"{row}.input_ids"] = ids
        expected[f"{row}.logits"] = logits.detach().contiguous()
        for idx in range(len(text_layers(model))):
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


def write_transformers4_config(folder, changes):
    """config_transformers4.json: `changes` on top of config.json, None for a key that goes."""
    config = json.loads((folder / "config.json").read_text())
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.51.0"
    for key, value in changes.items():
        config.pop(key, None)
        if value is not None:
            config[key] = value
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / "config_transformers4.json").write_text(text)
    # transformers 5 must read the same model out of both.
    scratch = folder / "scratch"
    scratch.mkdir()
    for name in ("model.safetensors", "expected.safetensors"):
        shutil.copy(folder / name, scratch)
    (scratch / "config.json").write_text(text)
    check_folder(scratch)
    shutil.rmtree(scratch)


def relative_difference(model, expected):
    worst = 0.0
    for row in ("a", "b"):
        with torch.no_grad():
            found = model(input_ids=expected[f"{row}.input_ids"][None], use_cache=False).logits[0]
        wanted = expected[f"{row}.logits"]
        worst = max(worst, float((found - wanted).abs().max() / wanted.abs().max()))
    return worst


def check_folder(folder):
    """transformers, reading the folder again as f32, gives the numbers that were written."""
    multimodal = "text_config" in json.loads((folder / "config.json").read_text())
    load = transformers.Gemma3ForConditionalGeneration if multimodal else AutoModelForCausalLM
    model, info = load.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                       output_loading_info=True)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not info[kind], (folder, kind, info[kind])
    difference = relative_difference(model.eval(), load_file(folder / "expected.safetensors"))
    assert difference < 1e-6, (folder, difference)


def check_gguf(folder, path):
    """transformers, reading the GGUF file's tensors, gives the folder's numbers. The config is the
    folder's: transformers drops the file's head width, rotary settings and attention scale."""
    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, config=AutoConfig.from_pretrained(folder),
        dtype=torch.float32, attn_implementation="eager")
    difference = relative_difference(model.eval(), load_file(folder / "expected.safetensors"))
    print(f"{path.name}: transformers differs by {difference:.1e}")
    assert difference < 1e-6, (path, difference)


def make_folder(out, name):
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model, generator = make_model(name, MODELS[name])
    expected = expected_values(model, generator)
    if not name.startswith("llama"):
        model = model.to(torch.bfloat16)
        model.config.dtype = "bfloat16"
    model.save_pretrained(folder, max_shard_size="8KB" if name == "sharded" else "1GB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file(expected, folder / "expected.safetensors")
    if name == "llama_plain":
        respell_config(folder / "config.json")
    make_tokenizer(folder)
    check_folder(folder)
    if name in SPELLED_AS_TRANSFORMERS_4:
        write_transformers4_config(folder, SPELLED_AS_TRANSFORMERS_4[name])
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {size // 1024} KB, logit std {float(expected['a.logits'].std()):.2f}")


def make_module_names(out, source, name):
    """The folder under the tensor names of transformers 4.52's modules."""
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(out / source, folder)
    tensors = {}
    for key, tensor in load_file(folder / "model.safetensors").items():
        key = key.replace("language_model.model.", "language_model.")
        tensors["model." + key.replace("vision_tower.", "vision_tower.vision_model.")] = tensor
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    check_folder(folder)


def main(out, names):
    if not names:
        config = AutoConfig.for_model("mixtral", **COMMON, intermediate_size=48, num_local_experts=2)
        config.architectures = ["MixtralForCausalLM"]
        config.save_pretrained(out / "mixtral")
    for name in names or MODELS:
        make_folder(out, name)
        if name == "gemma3_multimodal":
            make_module_names(out, name, "gemma3_multimodal_modules")
        (out / "gguf").mkdir(exist_ok=True)
        for kind, wanted in (("f32" if name.startswith("llama") else "bf16", GGUF), ("q8_0", GGUF_Q8)):
            if name in wanted:
                path = out / "gguf" / f"{name}-{kind}.gguf"
                model_gguf.write(out / name, path, kind, vocabulary())
                if name in model_gguf.READ_BY_TRANSFORMERS and kind != "q8_0":
                    check_gguf(out / name, path)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parent.parent
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "testdata" / "models", sys.argv[2:])
