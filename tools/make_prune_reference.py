#!/usr/bin/env python3
"""Makes testdata/pruning: what OptiPFair 0.4.2 prunes of the models in testdata/models.

Needs: torch, transformers 5.x, safetensors, optipfair 0.4.2.   Use: make_prune_reference.py

testdata/pruning/optipfair.json:
  windows: lists of token ids, each a batch of its own where calibration data is used;
  width: what prune_model (MLP_GLU) keeps: {model, method, percentage or rate, divisor or null, layers or null,
    calibrated, width, kept: {layer: neurons that stay, ascending}};
  importance: {model: analyze_layer_importance on the windows, per layer};
  depth: what prune_model (DEPTH) removes: {model, count or percentage or layers, order, removed}.
testdata/pruning/optipfair.safetensors, f32:
  norms.MODEL [L, F]: accumulated activation norms on the windows;
  depth.N [T, V]: logits of the first window by the N-th model of `depth`.
"""
import contextlib
import io
import json
import logging
import pathlib

import torch
import transformers
from optipfair import prune_model
from optipfair.pruning import depth, mlp_glu
from optipfair.pruning.depth import analyze_layer_importance
from safetensors.torch import save_file

TESTDATA = pathlib.Path(__file__).resolve().parent.parent / "testdata"
SEED, VOCABULARY = 11, 90
logging.disable(logging.WARNING)
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def load(name):
    return transformers.AutoModelForCausalLM.from_pretrained(
        TESTDATA / "models" / name, dtype=torch.float32, attn_implementation="eager").eval()


def batches(windows):
    return [{"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids))} for ids in windows]


def kept_neurons(before, after):
    """Of each layer, the neurons of `before` whose rows `after` has."""
    kept = {}
    for layer, (old, new) in enumerate(zip(before.model.layers, after.model.layers)):
        rows = {tuple(row): i for i, row in enumerate(old.mlp.gate_proj.weight.tolist())}
        assert len(rows) == old.mlp.gate_proj.weight.shape[0], "rows that are alike"
        kept[layer] = [rows[tuple(row)] for row in new.mlp.gate_proj.weight.tolist()]
    return kept


def width_case(name, windows, method="MAW", divisor=None, layers=None, calibrated=False, **size):
    after = prune_model(load(name), neuron_selection_method=method, expansion_divisor=divisor,
                        layer_indices=layers, dataloader=batches(windows) if calibrated else None,
                        pruning_percentage=size.get("percentage"), expansion_rate=size.get("rate"),
                        show_progress=False)
    return {"model": name, "method": method, **size, "divisor": divisor, "layers": layers,
            "calibrated": calibrated, "width": after.config.intermediate_size,
            "kept": kept_neurons(load(name), after)}


def width_cases(windows):
    for method in ("MAW", "VOW", "PON", "L2"):
        yield width_case("llama_untied", windows, method, percentage=27.5)
    yield width_case("llama", windows, percentage=10, divisor=32)
    yield width_case("llama", windows, "L2", rate=140)
    yield width_case("llama", windows, rate=110, divisor=32)
    yield width_case("qwen3", windows, "VOW", rate=101.3)
    yield width_case("smollm3", windows, percentage=20, layers=[0, 2, 3])
    for name in ("llama", "gemma3", "qwen2_window"):
        yield width_case(name, windows, calibrated=True, percentage=33.3)
    yield width_case("smollm3", windows, calibrated=True, rate=111, layers=[1, 2])


def norms(name, windows):
    model = load(name)
    handles = mlp_glu.setup_mlp_hooks_for_importance(model, torch.device("cpu"))
    mlp_glu.run_calibration_forward_passes(model, batches(windows), torch.device("cpu"), False)
    found = mlp_glu.get_activation_norms()
    for handle in handles:
        handle.remove()
    return torch.stack([found[layer] for layer in sorted(found)])


def depth_cases():
    yield "gemma3", {"count": 2, "order": "last"}
    yield "gemma3", {"count": 3, "order": "first"}
    yield "gemma3", {"layers": [1, 4], "order": "custom"}
    yield "gemma3", {"percentage": 43, "order": "last"}
    yield "smollm3", {"layers": [1], "order": "custom"}
    yield "qwen2_window", {"layers": [0], "order": "custom"}
    yield "llama_plain", {"count": 1, "order": "first"}
    yield "gemma2", {"layers": [0, 1], "order": "custom"}


def prune_depth(name, count=None, percentage=None, layers=None, order="last"):
    before = load(name)
    chosen = depth.validate_layer_removal_params(before, count, layers, percentage, order)
    removed = layers or depth.select_layers_to_remove(chosen["total_layers"], chosen["num_layers_to_remove"],
                                                      chosen["layer_selection_method"])
    after = prune_model(before, pruning_type="DEPTH", num_layers_to_remove=count, layer_indices=layers,
                        depth_pruning_percentage=percentage, layer_selection_method=order, show_progress=False)
    return after, removed


def main():
    generator = torch.Generator().manual_seed(SEED)
    windows = [torch.randint(3, VOCABULARY, (length,), generator=generator).tolist() for length in (19, 24, 7)]
    document = {"windows": windows, "width": [], "importance": {}, "depth": []}
    tensors = {}
    with contextlib.redirect_stdout(io.StringIO()):
        document["width"] = list(width_cases(windows))
        for name in ("llama", "gemma3", "olmo2"):
            importance = analyze_layer_importance(load(name), batches(windows), show_progress=False)
            document["importance"][name] = [float(importance[layer]) for layer in sorted(importance)]
        for name in ("llama", "gemma3"):
            tensors[f"norms.{name}"] = norms(name, windows)
        for number, (name, options) in enumerate(depth_cases()):
            model, removed = prune_depth(name, **options)
            document["depth"].append({"model": name, **options, "removed": removed})
            with torch.no_grad():
                tensors[f"depth.{number}"] = model(
                    input_ids=torch.tensor([windows[0]]), use_cache=False).logits[0]
    folder = TESTDATA / "pruning"
    folder.mkdir(exist_ok=True)
    (folder / "optipfair.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
    save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()},
              folder / "optipfair.safetensors")


if __name__ == "__main__":
    main()
