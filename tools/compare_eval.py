#!/usr/bin/env python3
"""Compares what `fairprune eval --samples` wrote with what lm-evaluation-harness recorded.

    compare_eval.py OUT REFERENCE

OUT is the folder of `fairprune eval --samples --out OUT`; REFERENCE has per task TASK.samples.jsonl (one
line per document: {"metrics", "requests": [{"context", "continuation", "ll"}]}) and results.json. Prints
per task the largest difference of a request's log-likelihood, the items whose metrics differ by more than
1e-3, and the largest difference of a number in results.json. Exit code 1 if requests differ as texts, an
item's metric differs though no two log-likelihoods of the item are within 1e-3, or a log-likelihood is
off by more than 1e-3.
"""

import json
import math
import pathlib
import sys

CLOSE_NATS = 1e-3


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def parts_of(value):
    parts = value if isinstance(value, list) else [value]
    return [{"True": 1.0, "False": 0.0}.get(part, part) for part in parts]


def same_value(own, reference):
    own, reference = parts_of(own), parts_of(reference)
    return len(own) == len(reference) and all(
        math.isclose(a, b, rel_tol=1e-4, abs_tol=CLOSE_NATS) for a, b in zip(own, reference))


def has_close_choices(sample):
    values = sorted(request["ll"] for request in sample["requests"])
    return any(b - a < CLOSE_NATS for a, b in zip(values, values[1:]))


def compare_task(own, reference):
    """Returns (largest difference in nats, documents that differ, faults)."""
    worst, differing, faults = 0.0, [], []
    if len(own) != len(reference):
        return worst, differing, [f"{len(own)} items, the reference has {len(reference)}"]
    for index, (mine, theirs) in enumerate(zip(own, reference)):
        for a, b in zip(mine["requests"], theirs["requests"], strict=True):
            if any(a.get(key) != b.get(key) for key in ("context", "continuation", "text")):
                faults.append(f"document {index}: the texts of a request differ")
            worst = max(worst, abs(a["ll"] - b["ll"]))
        for name, value in mine["metrics"].items():
            if not same_value(value, theirs["metrics"][name]):
                differing.append(index)
                if not has_close_choices(theirs):
                    faults.append(f"document {index}: {name} differs")
    if worst > CLOSE_NATS:
        faults.append(f"a log-likelihood is off by {worst:.2g} nats")
    return worst, differing, faults


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out, reference = map(pathlib.Path, sys.argv[1:])
    own_results = json.loads((out / "results.json").read_text(encoding="utf-8"))["results"]
    expected = json.loads((reference / "results.json").read_text(encoding="utf-8"))["tasks"]
    failed = False
    for task, results in own_results.items():
        worst, differing, faults = compare_task(lines_of(out / f"samples_{task}.jsonl"),
                                                lines_of(reference / f"{task}.samples.jsonl"))
        metrics = expected[task]["metrics"]
        off = max(abs(results[name] - value) for name, value in metrics.items()
                  if isinstance(value, float) and isinstance(results[name], float))
        print(f"{task}: log-likelihoods within {worst:.2g} nats, {len(set(differing))} items differ "
              f"{sorted(set(differing)) or ''}, results within {off:.2g}")
        for fault in faults:
            print(f"  {fault}")
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
