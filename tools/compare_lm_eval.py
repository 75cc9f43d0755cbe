#!/usr/bin/env python3
"""Compares `fairprune score` with log-likelihoods that lm-evaluation-harness recorded.

    compare_lm_eval.py --program BUILD/fairprune --model MODEL.gguf SAMPLES.jsonl ...

Each line of a SAMPLES file is an item with "requests": a list of {"context", "continuation", "ll",
"greedy"}, or of {"text", "ll"} for rolling log-likelihoods. All files are scored together, task by
task. Per file: how many requests and tokens' worth of difference there are in nats. Exit code 1
when a request is off by more than --bound nats or a `greedy` differs.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile


def requests_of(path):
    with open(path, encoding="utf-8") as lines:
        return [request for line in lines for request in json.loads(line)["requests"]]


def score(options, requests, folder):
    """Returns (scored requests, summary)."""
    source, target = folder / "requests.jsonl", folder / "scored.jsonl"
    with open(source, "w", encoding="utf-8") as out:
        for request in requests:
            asked = {key: request[key] for key in ("context", "continuation", "text")
                     if key in request}
            out.write(json.dumps(asked, ensure_ascii=False) + "\n")
    command = [options.program, "score", options.model, "--requests", source, "--out", target,
               "--compute", options.compute, "--threads", str(options.threads), "--force", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"fairprune score: exit code {done.returncode}\n{done.stderr}")
    with open(target, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines], json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--compute", default="f32")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--bound", type=float, default=1e-3, help="nats per request")
    parser.add_argument("--worst", type=int, default=0, help="show this many requests per file")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()

    columns = "{:<24} {:>8} {:>8} {:>11} {:>16} {:>7} {:>7} {:>7}"
    print(columns.format("task", "requests", "tokens", "max |diff|", "mean diff/token", "over",
                         "greedy", "s"))
    faults = 0
    for path in options.files:
        expected = requests_of(path)
        with tempfile.TemporaryDirectory(prefix="fairprune-compare-") as folder:
            scored, summary = score(options, expected, pathlib.Path(folder))
        differences = [ours["ll"] - theirs["ll"] for ours, theirs in zip(scored, expected)]
        over = sum(abs(difference) > options.bound for difference in differences)
        greedy = sum("greedy" in theirs and ours["greedy"] != theirs["greedy"]
                     for ours, theirs in zip(scored, expected))
        faults += over + greedy
        print(columns.format(path.name.removesuffix(".samples.jsonl"), len(expected),
                             summary["scored_tokens"], f"{max(map(abs, differences)):.2e}",
                             f"{sum(differences) / summary['scored_tokens']:+.2e}", over, greedy,
                             f"{summary['seconds']:.1f}"), flush=True)
        ranked = sorted(range(len(differences)), key=lambda i: -abs(differences[i]))
        for i in ranked[:options.worst]:
            print(f"    {differences[i]:+.2e}  ll {expected[i]['ll']:.4f}  "
                  f"{json.dumps(expected[i], ensure_ascii=False)[:120]}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
