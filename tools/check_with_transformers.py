#!/usr/bin/env python3
"""Loads a folder that `fairprune prune` wrote with Hugging Face transformers and checks what it is.

Needs: torch, transformers, safetensors (and gguf when ORIGINAL is a .gguf file).

    check_with_transformers.py MODEL [--against ORIGINAL] [--trace FILE] [--text TEXT]

It prints the tensors' shapes and types, checks that every weight was used and none was missing, and
  --against  that MODEL's logits are those of ORIGINAL with the neurons named in MODEL/fairprune.json
             switched off by hand (at the input of down_proj), which is what pruning means;
  --trace    that they are those in a safetensors file with ROW.input_ids [T] and ROW.logits [T, V].
ORIGINAL is read by transformers; of a GGUF file it takes the tensors only, the config is MODEL's, so
give a GGUF file only of an architecture whose tensors it reads, and without biases in Llama, which it
does not. Differences are bounded by --tolerance, relative to the largest logit. Exit code 1 when one
exceeds it.
"""
import argparse
import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

PROMPT = "The doctor said that the nurse"


def load(path, dtype, config=None):
    """`config`: of a GGUF file's model; transformers drops much of what the file says."""
    path = pathlib.Path(path)
    options = dict(dtype=dtype, attn_implementation="eager")
    if path.suffix == ".gguf":
        return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, config=config,
                                                    **options).eval()
    model, info = AutoModelForCausalLM.from_pretrained(path, output_loading_info=True, **options)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info[kind]:
            sys.exit(f"{path}: {kind}: {sorted(info[kind])}")
    return model.eval()


def print_tensors(folder):
    for file in sorted(pathlib.Path(folder).glob("model*.safetensors")):
        with safe_open(file, "pt") as tensors:
            print(f"{file.name}: {len(tensors.keys())} tensors, metadata {tensors.metadata()}")
            for name in tensors.keys():
                if ".layers." not in name or ".layers.0." in name:
                    part = tensors.get_slice(name)
                    print(f"  {name} {part.get_shape()} {part.get_dtype()}")


def original_config(folder, provenance):
    """The config of the model that `folder` was made of."""
    config = AutoConfig.from_pretrained(folder)
    config.get_text_config().intermediate_size = provenance["intermediate_size_before"]
    return config


def text_layers(model):
    return getattr(model.model, "language_model", model.model).layers


def switch_off(model, provenance):
    """Zeroes the pruned neurons' activations of the unpruned model."""
    for layer, *kinds in zip(text_layers(model), provenance["removed"], provenance["zeroed"]):
        neurons = sorted(sum(kinds, []))

        def mask(module, inputs, neurons=neurons):
            act = inputs[0].clone()
            act[..., neurons] = 0
            return (act,)
        layer.mlp.down_proj.register_forward_pre_hook(mask)


def logits(model, ids):
    with torch.no_grad():
        return model(input_ids=ids[None], use_cache=False).logits[0].float()


class Comparison:
    def __init__(self, tolerance):
        self.tolerance, self.failed = tolerance, False

    def add(self, what, found, wanted):
        difference = float((found - wanted).abs().max() / wanted.abs().max())
        ok = difference <= self.tolerance
        self.failed |= not ok
        print(f"{what}: relative difference {difference:.2e} {'ok' if ok else 'TOO LARGE'}")


def greedy(model, folder, text):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        out = model.generate(ids, max_new_tokens=16, do_sample=False)
    print(f"greedy: {tokenizer.decode(out[0])!r}")
    return ids[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--against")
    parser.add_argument("--trace")
    parser.add_argument("--text", default=PROMPT)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()
    folder = pathlib.Path(args.model)
    print_tensors(folder)
    model = load(folder, torch.float32)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, "
          f"intermediate_size {model.config.get_text_config().intermediate_size}")
    has_tokenizer = (folder / "tokenizer.json").exists()
    ids = greedy(model, folder, args.text) if has_tokenizer else torch.arange(3, 20)
    comparison = Comparison(args.tolerance)
    if args.against:
        provenance = json.loads((folder / "fairprune.json").read_text())
        original = load(args.against, torch.float32, original_config(folder, provenance))
        if provenance["neurons_removed"] + provenance["neurons_zeroed"]:
            unpruned = logits(original, ids)
            switch_off(original, provenance)
            print(f"pruning moves a logit by up to "
                  f"{float((logits(original, ids) - unpruned).abs().max()):.3g}")
        comparison.add("against the original", logits(model, ids), logits(original, ids))
    if args.trace:
        trace = load_file(args.trace)
        rows = [name.removesuffix(".logits") for name in trace if name.endswith(".logits")]
        if not rows:
            sys.exit(f"{args.trace}: holds no ROW.logits")
        for row in rows:
            comparison.add(f"trace, row {row}", logits(model, trace[f"{row}.input_ids"]),
                           trace[f"{row}.logits"])
    sys.exit(1 if comparison.failed else 0)


if __name__ == "__main__":
    main()
