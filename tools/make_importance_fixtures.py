#!/usr/bin/env python3
"""Makes testdata/importance and testdata/selection: what OptiPFair 0.4.2 computes on small weights.

Needs: torch, transformers 5.x, safetensors, optipfair 0.4.2.   Use: make_importance_fixtures.py

testdata/importance/optipfair.safetensors, all f32:
  gate, up [24, 37] and MAW, VOW, PON, L2 [24]: importances of these weights;
  llama_untied.METHOD.L [F]: importances of layer L of testdata/models/llama_untied;
  fairness.gate, fairness.up [3, 24]: activation differences, layer 1's all equal;
  fairness.importance [3, 24]: MAW of the weights drawn for them, layer 2's all equal;
  fairness.0, fairness.0.8, fairness.1 [3, 24]: fairness scores with that bias weight.
testdata/selection/optipfair.json:
  sizes: [neurons, percentage, divisor or null, neurons kept or null where OptiPFair refuses];
  choices: {scores [F] (high = prune), percentage, divisor, kept}.
"""
import json
import pathlib

import torch
from optipfair.bias.activations import compute_fairness_pruning_scores
from optipfair.pruning import mlp_glu
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

SEED = 5
LAYERS, NEURONS, WIDTH = 3, 24, 16
TESTDATA = pathlib.Path(__file__).resolve().parent.parent / "testdata"
METHODS = {name: mlp_glu.IMPORTANCE_FUNCTIONS[name] for name in ("MAW", "VOW", "PON", "L2")}


def harsh_weights(rows, columns):
    """Rows of very different scale, one without negatives, one without positives, one far from 0."""
    weights = torch.randn(rows, columns) * torch.logspace(-3, 2, rows)[:, None]
    weights[1] = weights[1].abs()
    weights[2] = -weights[2].abs()
    weights[3] = weights[3] * 1e-3 + 50.0
    weights[4] = 0.0
    return weights


def row_importances():
    gate, up = harsh_weights(24, 37), harsh_weights(24, 37).flip(0).contiguous()
    return {"gate": gate, "up": up, **{name: fn(gate, up) for name, fn in METHODS.items()}}


def model_importances(name):
    weights = load_file(TESTDATA / "models" / name / "model.safetensors")
    out, layer = {}, 0
    while f"model.layers.{layer}.mlp.gate_proj.weight" in weights:
        mlp = f"model.layers.{layer}.mlp."
        gate = weights[mlp + "gate_proj.weight"].float()
        up = weights[mlp + "up_proj.weight"].float()
        for method, fn in METHODS.items():
            out[f"{name}.{method}.{layer}"] = fn(gate, up)
        layer += 1
    return out


def fairness():
    model = LlamaForCausalLM(LlamaConfig(
        hidden_size=WIDTH, intermediate_size=NEURONS, num_hidden_layers=LAYERS,
        num_attention_heads=2, vocab_size=8))
    for layer in model.model.layers:
        nn.init.normal_(layer.mlp.gate_proj.weight)
        nn.init.normal_(layer.mlp.up_proj.weight)
    last = model.model.layers[2].mlp
    last.gate_proj.weight.data = last.gate_proj.weight.data[:1].repeat(NEURONS, 1)
    last.up_proj.weight.data = last.up_proj.weight.data[:1].repeat(NEURONS, 1)
    gate = torch.rand(LAYERS, NEURONS) * torch.tensor([[1.0], [0.0], [1e-3]])
    up = torch.rand(LAYERS, NEURONS) * torch.tensor([[0.3], [0.0], [1e-3]])
    gate[1] = 0.25
    differences = {f"{site}_proj_layer_{i}": values[i]
                   for i in range(LAYERS) for site, values in (("gate", gate), ("up", up))}
    importance = torch.stack([METHODS["MAW"](layer.mlp.gate_proj.weight.data,
                                             layer.mlp.up_proj.weight.data)
                              for layer in model.model.layers])
    out = {"fairness.gate": gate, "fairness.up": up, "fairness.importance": importance}
    for weight in (0, 0.8, 1):
        scores = compute_fairness_pruning_scores(model, differences, weight)
        out[f"fairness.{weight}"] = torch.stack([scores[i] for i in range(LAYERS)])
    return out


class Mlp(nn.Module):
    """Neuron i has i as its gate weight, so that what is kept names itself."""

    def __init__(self, neurons):
        super().__init__()
        self.gate_proj = nn.Linear(1, neurons, bias=False)
        self.up_proj = nn.Linear(1, neurons, bias=False)
        self.down_proj = nn.Linear(neurons, 1, bias=False)
        self.gate_proj.weight.data = torch.arange(neurons, dtype=torch.float32)[:, None]


def kept(scores, percentage, divisor):
    """Indices that OptiPFair keeps, or None where it refuses."""
    try:
        gate, _, _, _ = mlp_glu.prune_neuron_pairs(
            Mlp(len(scores)), percentage, expansion_divisor=divisor, custom_importance_scores=scores)
    except ValueError:
        return None
    return [round(value) for value in gate.weight.data[:, 0].tolist()]


def sizes():
    rows = []
    for neurons in (1, 2, 7, 10, 64, 100, 200, 1536):
        for percentage in (0, 0.05, 0.5, 1, 10, 14.285714285714286, 29, 33.3, 50, 57, 99.9, 100):
            for divisor in (None, 32, 64, 256):
                found = kept(torch.zeros(neurons), percentage, divisor)
                rows.append([neurons, percentage, divisor, found and len(found)])
    return rows


def choices():
    out = []
    for neurons, percentage, divisor in ((17, 25, None), (96, 10, 32), (96, 40, None), (64, 99, 32)):
        scores = torch.randperm(neurons).float() / 128  # distinct, and so are their 1 - score
        out.append({"scores": scores.tolist(), "percentage": percentage, "divisor": divisor,
                    "kept": kept(scores, percentage, divisor)})
    return out


def main():
    torch.manual_seed(SEED)
    tensors = {**row_importances(), **model_importances("llama_untied"), **fairness()}
    for folder in ("importance", "selection"):
        (TESTDATA / folder).mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()},
              TESTDATA / "importance" / "optipfair.safetensors")
    document = {"sizes": sizes(), "choices": choices()}
    (TESTDATA / "selection" / "optipfair.json").write_text(
        json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
