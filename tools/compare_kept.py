#!/usr/bin/env python3
"""Compares the neurons that analyze + select leave with those that OptiPFair's prune_neuron_pairs keeps.

    compare_kept.py --program BUILD/fairprune --model SmolLM2.gguf --pairs PAIRS.json --kept kept.json
                    [--analysis FOLDER]

kept.json is {"METHOD PERCENT DIVISOR": {LAYER: [neurons kept]}}, METHOD one of MAW, VOW, PON, L2
and fairness, DIVISOR a number or None. The model is analyzed once (or FOLDER, an earlier analysis, is
used), a plan is made for every entry, and what it leaves in the entry's layers must be what OptiPFair
keeps. OptiPFair ranks scores that are min-max normalised in f32, so neurons whose normalised scores
differ by less than 1e-6 may have changed places; such swaps are listed. Exit code 1 for any other
difference. Needs nothing but Python.
"""

import argparse
import array
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

TOLERANCE = 1e-6


class Scores:
    """Tensors of a safetensors file, by name."""

    def __init__(self, path):
        self.data = path.read_bytes()
        size = struct.unpack("<Q", self.data[:8])[0]
        self.header = json.loads(self.data[8:8 + size])
        self.start = 8 + size

    def normalised(self, name):
        """The 1-d tensor `name`, brought to [0, 1]."""
        entry = self.header[name]
        if entry["dtype"] != "F32":
            sys.exit(f"{name}: expected F32, found {entry['dtype']}")
        begin, end = (self.start + offset for offset in entry["data_offsets"])
        values = array.array("f", self.data[begin:end])
        if sys.byteorder == "big":
            values.byteswap()
        low, high = min(values), max(values)
        return [(value - low) / (high - low) for value in values]


def run(program, *arguments):
    done = subprocess.run([program, "--quiet", *map(str, arguments)], stdout=subprocess.DEVNULL,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"fairprune {' '.join(map(str, arguments))}: exit code {done.returncode}")


def compare(configuration, layer, ours, theirs, scores):
    """Returns (swaps, errors), both lists of lines."""
    place = f"{configuration}, layer {layer}"
    if len(ours) != len(theirs):
        return [], [f"{place}: {len(ours)} neurons left, OptiPFair keeps {len(theirs)}"]
    swaps, errors = [], []
    only_ours = sorted(set(ours) - set(theirs), key=lambda neuron: scores[neuron])
    only_theirs = sorted(set(theirs) - set(ours), key=lambda neuron: scores[neuron])
    for mine, other in zip(only_ours, only_theirs):
        gap = abs(scores[mine] - scores[other])
        line = f"{place}: {mine} in the place of {other}, normalised scores {gap:.2e} apart"
        (swaps if gap < TOLERANCE else errors).append(line)
    return swaps, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--pairs", type=pathlib.Path)
    parser.add_argument("--kept", type=pathlib.Path, required=True)
    parser.add_argument("--analysis", type=pathlib.Path)
    options = parser.parse_args()
    program = options.program.resolve(strict=True)
    if options.analysis is None and (options.model is None or options.pairs is None):
        parser.error("give --model and --pairs, or --analysis")

    swaps, errors, num_lists = [], [], 0
    with tempfile.TemporaryDirectory(prefix="fairprune-kept-") as folder:
        analysis = options.analysis
        if analysis is None:
            analysis = pathlib.Path(folder) / "analysis"
            run(program, "analyze", options.model, "--pairs", options.pairs, "--out", analysis)
        width = json.loads((analysis / "analysis.json").read_text())["intermediate_size"]
        scores = Scores(analysis / "analysis.safetensors")
        plan_path = pathlib.Path(folder) / "plan.json"
        kept = json.loads(options.kept.read_text())
        for configuration, layers in kept.items():
            method, percentage, divisor = configuration.split()
            score = method if method == "fairness" else f"importance.{method}"
            rounding = [] if divisor == "None" else ["--round-to", divisor]
            run(program, "select", analysis, "--score", score, "--per-layer", "--percentage",
                percentage, *rounding, "--out", plan_path, "--force")
            taken = {}
            for neuron in json.loads(plan_path.read_text())["neurons"]:
                taken.setdefault(neuron["layer"], set()).add(neuron["neuron"])
            for layer, theirs in layers.items():
                ours = [n for n in range(width) if n not in taken.get(int(layer), set())]
                swapped, wrong = compare(configuration, layer, ours, theirs,
                                         scores.normalised(f"{score}.{layer}"))
                swaps += swapped
                errors += wrong
                num_lists += 1

    for line in swaps:
        print("swap:", line)
    for line in errors:
        print("DIFFERENT:", line)
    print(f"{len(kept)} configurations, {num_lists} layers: {len(swaps)} swaps of neurons less than "
          f"{TOLERANCE:g} apart, {len(errors)} differences")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
