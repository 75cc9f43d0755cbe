#!/usr/bin/env python3
"""Compares the numbers of `fairprune plot` with those that OptiPFair's visualize_bias draws.

    compare_plots.py --program BUILD/fairprune [--pairs PAIRS.json] [--write FIXTURE.json] MODEL

MODEL is a Hugging Face folder. OptiPFair's own functions run, and what they hand to the plotting
library is recorded: the bars of the mean differences, the heatmaps, the components. PAIRS.json is a list
of pairs as fairprune reads them (default: two of this file). Needs torch, transformers and optipfair.
--write keeps OptiPFair's numbers for the test suite.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("MPLBACKEND", "Agg")

PAIRS = [{"id": "a", "prompt_1": "The young tenant rang", "prompt_2": "The older man rang"},
         {"id": "b", "prompt_1": "Our boy sat", "prompt_2": "Our man sat"},
         {"id": "c", "prompt_1": "A cook sang here", "prompt_2": "An elderly cook sang here today"}]
BARS = ["mlp_output", "gate_proj", "up_proj"]
MAPS = ["mlp_output", "gate_proj", "up_proj"]
COMPONENTS = ["mlp_output"]


def optipfair_numbers(model_path, pairs):
    """What the peer draws, in the form of plots.json's pairs."""
    # pylint: disable=import-outside-toplevel
    import torch
    import transformers
    from optipfair.bias import visualization

    model = transformers.AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_path)
    drawn = {}
    visualization.plt.bar = lambda x, values, **_: drawn.__setitem__("bars", list(map(float, values)))
    visualization.sns.heatmap = lambda values, **_: drawn.__setitem__("map", values.tolist())
    peer_pca = visualization.PCA

    class Recorder(peer_pca):
        def fit_transform(self, x, y=None):
            points = super().fit_transform(x, y)
            drawn["pca"] = (points.tolist(), self.explained_variance_ratio_.tolist())
            return points

    visualization.PCA = Recorder
    layers = sorted({0, model.config.num_hidden_layers // 2, model.config.num_hidden_layers - 1})
    result = []
    for pair in pairs:
        prompts = (pair["prompt_1"], pair["prompt_2"])
        found = {"id": pair["id"], "mean_difference": {}, "heatmap": [], "pca": []}
        with contextlib.redirect_stdout(io.StringIO()):
            for site in BARS:
                drawn.pop("bars", None)
                visualization.visualize_mean_differences(model, tokenizer, prompts, layer_type=site)
                if "bars" in drawn:
                    found["mean_difference"][site] = drawn["bars"]
            for site in MAPS:
                for layer in layers:
                    visualization.visualize_heatmap(model, tokenizer, prompts, f"{site}_layer_{layer}")
                    found["heatmap"].append({"site": site, "layer": layer, "values": drawn["map"]})
            for site in COMPONENTS:
                for layer in layers:
                    visualization.visualize_pca(model, tokenizer, prompts, f"{site}_layer_{layer}")
                    points, explained = drawn["pca"]
                    found["pca"].append({"site": site, "layer": layer, "explained": explained,
                                         "x": [p[0] for p in points], "y": [p[1] for p in points]})
            visualization.plt.close("all")
        result.append(found)
    return result


def largest(pairs):
    return max((abs(a - b) for a, b in pairs), default=0.0)


def compare(ours, theirs):
    """Yields (what, largest absolute difference, largest value) of each picture of one pair."""
    for site, bars in theirs["mean_difference"].items():
        mine = ours["mean_difference"][site]
        yield f"bars {site}", largest(zip(mine, bars, strict=True)), max(bars)
    for site, mine in ours["mean_difference"].items():
        if site in BARS and site not in theirs["mean_difference"] and mine[0] is not None:
            sys.exit(f"{ours['id']}: {site} was drawn here, and not by OptiPFair")
    for peer in theirs["heatmap"]:
        mine = next(h for h in ours["heatmap"] if (h["site"], h["layer"]) == (peer["site"], peer["layer"]))
        flat = [value for row in peer["values"] for value in row]
        if (mine["rows"], mine["columns"]) != (len(peer["values"]), len(peer["values"][0])):
            sys.exit(f"{ours['id']}: a heatmap of {mine['rows']} by {mine['columns']}, OptiPFair's is "
                     f"{len(peer['values'])} by {len(peer['values'][0])}")
        yield (f"heatmap {peer['site']} {peer['layer']}",
               largest(zip(mine["values"], flat, strict=True)), max(flat))
    for peer in theirs["pca"]:
        mine = next(p for p in ours["pca"] if (p["site"], p["layer"]) == (peer["site"], peer["layer"]))
        yield (f"explained {peer['site']} {peer['layer']}",
               largest(zip(mine["explained"], peer["explained"], strict=True)), 1.0)
        for axis in "xy":
            # A component's sign is a convention.
            same = largest(zip(mine[axis], peer[axis], strict=True))
            turned = largest(zip(mine[axis], [-value for value in peer[axis]], strict=True))
            yield (f"component {axis} {peer['site']} {peer['layer']}", min(same, turned),
                   max(map(abs, peer[axis])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--pairs", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--fixture", type=pathlib.Path, help="OptiPFair's numbers, kept by --write")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of a picture's largest value")
    parser.add_argument("model", type=pathlib.Path)
    options = parser.parse_args()
    pairs = json.loads(options.pairs.read_text(encoding="utf-8")) if options.pairs else PAIRS
    if options.fixture:
        theirs = json.loads(options.fixture.read_text(encoding="utf-8"))
    else:
        theirs = optipfair_numbers(str(options.model), pairs)
    if options.write:
        rounded = json.loads(json.dumps(theirs), parse_float=lambda text: float(f"{float(text):.7g}"))
        options.write.write_text(json.dumps(rounded, separators=(",", ":")) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="fairprune-plots-") as folder:
        pairs_file = pathlib.Path(folder) / "pairs.json"
        pairs_file.write_text(json.dumps(pairs), encoding="utf-8")
        subprocess.run([options.program, "-q", "plot", options.model, "--pairs", pairs_file, "--max-pairs",
                        str(len(pairs)), "--out", f"{folder}/plots"], check=True,
                       stdout=subprocess.DEVNULL)
        ours = json.loads((pathlib.Path(folder) / "plots/plots.json").read_text(encoding="utf-8"))["pairs"]
    count, worst, failed = 0, 0.0, []
    for mine, peer in zip(ours, theirs, strict=True):
        for what, difference, scale in compare(mine, peer):
            count += 1
            worst = max(worst, difference / max(scale, 1e-12))
            if difference > options.tolerance * max(scale, 1e-12):
                failed.append(f"pair {mine['id']}, {what}: differs by {difference:.3g} (of {scale:.3g})")
    print("\n".join(failed + [f"{count} pictures of {len(ours)} pairs, largest difference {worst:.1e} of "
                              f"a picture's largest value, {len(failed)} beyond {options.tolerance}"]))
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
