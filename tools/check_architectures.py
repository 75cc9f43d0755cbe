#!/usr/bin/env python3
"""Prunes every model of testdata/models in every way and lets Hugging Face transformers judge it.

Needs: torch, transformers 5.x, safetensors, gguf.   Use: check_architectures.py FAIRPRUNE [NAME ...]

Per model, Hugging Face folder and GGUF file: `fairprune analyze`, `select` and `prune` in the modes
zero, remove, remove --round-to 32 (of the models that are wide enough), a width that is filled up
(`select --count 3 --width`), and without one layer and without another (`layers --remove`).
transformers must load each written folder with every weight used and none missing. Three differences of logits are printed,
the largest of the two token rows of expected.safetensors, relative to the largest logit:
  trace     fairprune's own logits of the written folder (`fairprune trace`) against transformers'
  original  the written folder in transformers against the original in transformers with the same
            neurons' activations set to 0 and the same layers taken out: the folder stands for what was planned. Of a GGUF file the
            original is the folder that it holds the weights of (none for quantised files)
  pruned    how far the pruning moved the logits, so that the other two mean something
Exit code 1 when trace or original exceeds 1e-4, or pruned does not.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file

from check_with_transformers import load, logits, switch_off

MODELS = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models"
PAIRS = """id,category,prompt_1,prompt_2
a1,Age,"The young tenant rang, and","The old tenant rang, and"
g1,Gender,He was late,She was late
"""
TOLERANCE = 1e-4
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


def sources():
    """(label, path given to fairprune, folder with the same weights or None)."""
    folders = [path.parent for path in sorted(MODELS.glob("*/expected.safetensors"))]
    for folder in folders:
        yield folder.name, folder, folder
    for path in sorted((MODELS / "gguf").glob("*.gguf")):
        name, kind = path.stem.rsplit("-", 1)
        yield path.name, path, None if kind.startswith("q") else MODELS / name


def ways(width, layers):
    """(label, verb that makes the plan, its arguments, flags of prune)."""
    share = ["analysis", "--percentage", "20", "--per-layer"]
    yield "zero", "select", share, ["--mode", "zero"]
    yield "remove", "select", share, ["--mode", "remove"]
    if width > 40:
        yield "remove, round to 32", "select", share, ["--mode", "remove", "--round-to", "32"]
    yield ("width filled up", "select", ["analysis", "--count", "3", "--width", width * 3 // 4, "--fill",
                                         "importance.MAW"], ["--mode", "remove"])
    for layer in sorted({0, layers // 2, layers - 1}):
        yield f"without layer {layer}", "layers", ["SOURCE", "--remove", layer], []


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def __call__(self, *arguments):
        result = subprocess.run([self.path, "-q", *map(str, arguments)], cwd=self.folder,
                                capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"fairprune {' '.join(map(str, arguments))}: exit code {result.returncode}\n"
                     f"{result.stderr}")
        return result.stdout


def relative(found, wanted):
    return max(float((found[row] - wanted[row]).abs().max() / wanted[row].abs().max()) for row in wanted)


def take_out(model, layers):
    """Whole layers of the unpruned model; the others stay what they are."""
    text = getattr(model.model, "language_model", model.model)
    config = model.config.get_text_config()
    kept = [layer for layer in range(len(text.layers)) if layer not in layers]
    text.layers = torch.nn.ModuleList([text.layers[layer] for layer in kept])
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in kept]
    config.num_hidden_layers = text.config.num_hidden_layers = len(kept)


def all_logits(model, ids):
    return {row: logits(model, torch.tensor(ids[row])) for row in ids}


def check(program, source, same_weights, ids):
    """Yields (way, width after, trace, original or None, pruned)."""
    scratch = program.folder
    program("analyze", source, "--pairs", "pairs.csv", "--out", "analysis", "--force")
    program("trace", source, "--ids", "ids.json", "--out", "before.safetensors", "--force")
    before = load_file(scratch / "before.safetensors")
    shapes = json.loads(program("inspect", source, "--json"))["shapes"]
    for way, verb, arguments, flags in ways(shapes["intermediate_size"], shapes["num_layers"]):
        program(verb, *[source if part == "SOURCE" else part for part in arguments], "--out", "plan.json",
                "--force")
        program("prune", source, "--plan", "plan.json", *flags, "--out", "out", "--force")
        program("trace", "out", "--ids", "ids.json", "--out", "after.safetensors", "--force")
        after = load_file(scratch / "after.safetensors")
        ours = {row: after[f"{row}.logits"] for row in ids}
        written = load(scratch / "out", torch.float32)
        theirs = all_logits(written, ids)
        provenance = json.loads((scratch / "out" / "fairprune.json").read_text())
        original = None
        if same_weights:
            unpruned = load(same_weights, torch.float32)
            switch_off(unpruned, provenance)
            take_out(unpruned, provenance["layers_removed"])
            original = relative(theirs, all_logits(unpruned, ids))
        pruned = relative(theirs, {row: before[f"{row}.logits"] for row in ids})
        yield way, provenance["intermediate_size_after"], relative(ours, theirs), original, pruned


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    failed = False
    print("| Model | Way | F after | trace | original | pruned |\n|---|---|---|---|---|---|")
    for label, source, same_weights in sources():
        if sys.argv[2:] and not any(name in label for name in sys.argv[2:]):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / "pairs.csv").write_text(PAIRS)
            folder = same_weights or MODELS / label.rsplit("-", 1)[0]
            expected = load_file(folder / "expected.safetensors")
            ids = {row: expected[f"{row}.input_ids"].tolist() for row in ("a", "b")}
            (scratch / "ids.json").write_text(json.dumps(ids))
            program = Program(pathlib.Path(sys.argv[1]).resolve(), scratch)
            for way, width, trace, original, pruned in check(program, source, same_weights, ids):
                failed |= trace > TOLERANCE or (original or 0) > TOLERANCE or pruned <= TOLERANCE
                shown = "" if original is None else f"{original:.0e}"
                print(f"| {label} | {way} | {width} | {trace:.0e} | {shown} | {pruned:.2f} |", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
