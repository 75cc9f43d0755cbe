#!/usr/bin/env python3
"""How far reference activations in f32 are from what transformers computes in f64.

Use: measure_reference_rounding.py FOLDER...    needs torch, transformers 5.x, safetensors.
Each FOLDER is a model with an expected.safetensors (rows a and b: input_ids, act.LAYER). Prints per
row and layer the largest |f32 - f64| over positions and neurons, and the largest activation. Where
the first is near 1e-4, a comparison within 1e-4 tells nothing: the numbers of
src/forward/engine_test.cc (ReferenceRounding) are from here.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def activations(model, ids):
    """The inputs of every down_proj, [T, F] each, by layer."""
    taken = {}
    hooks = [
        layer.mlp.down_proj.register_forward_pre_hook(
            lambda _, inputs, index=index: taken.__setitem__(index, inputs[0][0].detach()))
        for index, layer in enumerate(model.model.layers)
    ]
    with torch.no_grad():
        model(input_ids=ids[None], use_cache=False)
    for hook in hooks:
        hook.remove()
    return taken


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for folder in map(Path, sys.argv[1:]):
        expected = load_file(folder / "expected.safetensors")
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float64, attn_implementation="eager").eval()
        for row in "ab":
            for layer, exact in activations(model, expected[f"{row}.input_ids"]).items():
                reference = expected[f"{row}.act.{layer}"].double()
                away = (reference - exact).abs().max().item()
                print(f"{folder.name:16} {row}.act.{layer}  {away:.3g} of {exact.abs().max():.1f}")


if __name__ == "__main__":
    main()
