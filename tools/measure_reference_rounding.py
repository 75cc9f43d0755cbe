#!/usr/bin/env python3
"""How far MLP activations in f32, the reference's and ours, are from transformers' in f64.

Needs: torch, transformers 5.x, safetensors, tokenizers, gguf.
Use: measure_reference_rounding.py FOLDER TRACE

FOLDER is a model with an expected.safetensors (make_model_fixtures.py says what it holds). TRACE is
what `fairprune trace FOLDER` gives for the ids of its rows; where TRACE is missing, those are printed
as the JSON that --ids wants. Prints, per row and layer, the largest value of gate, up and act, and the
largest differences between the reference, ours and f64. A reference that is itself near 1e-4 from f64
cannot be asked to agree within 1e-4: ReferenceRounding in src/forward/engine_test.cc is from here.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from make_model_fixtures import watch


def apart(one, other):
    return (one.double() - other.double()).abs().max().item()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    expected = load_file(folder / "expected.safetensors")
    if len(sys.argv) == 2:
        print(json.dumps({row: expected[f"{row}.input_ids"].tolist() for row in "ab"}))
        return
    ours = load_file(sys.argv[2])
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float64, attn_implementation="eager").eval()
    seen = watch(model)
    print("tensor    largest  reference-f64  ours-f64  ours-reference")
    for row in "ab":
        model(input_ids=expected[f"{row}.input_ids"][None], use_cache=False)
        for (kind, layer), exact in seen.items():
            name = f"{row}.{kind}.{layer}"
            exact, reference = exact.detach()[0], expected[name]
            print(f"{name:8} {exact.abs().max():8.1f} {apart(reference, exact):14.2e} "
                  f"{apart(ours[name], exact):9.2e} {apart(ours[name], reference):15.2e}")


if __name__ == "__main__":
    main()
