#!/usr/bin/env python3
"""Compares what `fairprune compare` says of two evaluation folders with scipy and statsmodels.

    compare_statistics.py --program BUILD/fairprune BEFORE AFTER

For every metric that is a mean: the difference and Cohen's d (numpy), the BCa interval
(scipy.stats.bootstrap over clusters), the sign-flip p (scipy.stats.permutation_test, of the clusters' sums
of differences), and Holm's adjustment of all p (statsmodels). Random numbers are not shared: limits may
differ by the noise of two bootstraps of 10,000 draws, p by that of two samples of patterns; both are printed
in units of that noise. Exit code 1 if a difference, d or Holm's adjustment differs, or a limit or p by more
than six units.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import numpy
import scipy.stats
from statsmodels.stats.multitest import multipletests

DRAWS = 9999


def cluster_sums(before, after, metric):
    """(sums of differences, sizes) of each cluster, in order."""
    sums, sizes = {}, {}
    for number, (a, b) in enumerate(zip(before, after)):
        if metric not in a["metrics"]:
            continue
        cluster = a.get("cluster") or f"\n{number}"
        sums[cluster] = sums.get(cluster, 0) + b["metrics"][metric] - a["metrics"][metric]
        sizes[cluster] = sizes.get(cluster, 0) + 1
    return numpy.array(list(sums.values()), float), numpy.array(list(sizes.values()), float)


def check(entry, sums, sizes):
    """How far an entry is from scipy: difference, d, low, high, p; the last three in units of noise."""
    difference = sums.sum() / sizes.sum()
    k = len(sums)
    without = (sums.sum() - sums) / (sizes.sum() - sizes)
    deviation = (k * difference - (k - 1) * without).std(ddof=1)
    errors = [abs(entry["difference"] - difference),
              abs(entry["effect_size"] - (difference / deviation if deviation > 0 else 0))]
    generator = numpy.random.default_rng(5)
    if not sums.any():
        return errors + [abs(entry["low"]), abs(entry["high"]), abs(entry["p"] - 1)]
    boot = scipy.stats.bootstrap((sums, sizes), lambda s, n, axis=-1: s.sum(axis) / n.sum(axis), paired=True,
                                 n_resamples=DRAWS, method="BCa", rng=generator)
    # The standard error of a quantile: sqrt(q (1 - q) / draws) over the density there.
    for side, quantile in (("low", 0.025), ("high", 0.975)):
        ours, theirs = entry[side], getattr(boot.confidence_interval, side)
        spread = numpy.quantile(boot.bootstrap_distribution, [quantile - 0.01, quantile + 0.01])
        noise = max((spread[1] - spread[0]) / 0.02 * (quantile * (1 - quantile) / DRAWS) ** 0.5 * 2 ** 0.5,
                    1 / sizes.sum() / 4)
        errors.append(abs(ours - theirs) / noise)
    test = scipy.stats.permutation_test((sums[sums != 0],), numpy.sum, permutation_type="samples",
                                        n_resamples=DRAWS, rng=generator)
    noise = (2 * max(test.pvalue * (1 - test.pvalue), 1 / DRAWS) / DRAWS) ** 0.5
    errors.append(abs(entry["p"] - test.pvalue) / noise)
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    options = parser.parse_args()
    done = subprocess.run([options.program, "compare", options.before, options.after, "--json"],
                          capture_output=True, text=True, check=True)
    metrics = json.loads(done.stdout)["metrics"]
    results = json.loads((options.before / "results.json").read_text(encoding="utf-8"))
    worst = [0.0] * 5
    count = 0
    for entry in metrics:
        if results["figures"].get(entry["task"], {}).get(entry["metric"]) != "mean":
            continue
        before, after = ([json.loads(line) for line in (folder / f"samples_{entry['task']}.jsonl")
                          .read_text(encoding="utf-8").splitlines()]
                         for folder in (options.before, options.after))
        sums, sizes = cluster_sums(before, after, entry["metric"])
        if len(sums) < 2:
            continue
        errors = check(entry, sums, sizes)
        print(f"{entry['task']}.{entry['metric']}: difference {errors[0]:.1e}, effect {errors[1]:.1e}, "
              f"low {errors[2]:.1f}, high {errors[3]:.1f}, p {errors[4]:.1f} units of noise")
        worst = [max(a, b) for a, b in zip(worst, errors)]
        count += 1
    holm = multipletests([entry["p"] for entry in metrics], method="holm")[1]
    worst_holm = max(abs(entry["p_holm"] - p) for entry, p in zip(metrics, holm))
    print(f"{count} means; worst: difference {worst[0]:.1e}, effect {worst[1]:.1e}, limits "
          f"{max(worst[2:4]):.1f} and p {worst[4]:.1f} units of noise; Holm over {len(metrics)}: {worst_holm:.1e}")
    good = worst[0] < 1e-12 and worst[1] < 1e-9 and max(worst[2:]) < 6 and worst_holm < 1e-12
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
