#!/usr/bin/env python3
"""Figures of scipy and statsmodels on fixed inputs, for the tests of src/statistics.

    make_statistics_fixture.py OUT.json        (needs numpy, scipy, statsmodels)

BCa limits are compared on scipy's own bootstrap replicates, so that no random numbers are shared:
scipy.stats.bootstrap gives the limits and the replicates they come from. The sign-flip test is compared
over all patterns (scipy.stats.permutation_test, permutation_type='samples'), Holm's adjustment with
statsmodels.stats.multitest.multipletests, the normal distribution with scipy.stats.norm.
"""
import json
import sys

import numpy
import scipy
import scipy.stats
import statsmodels
from statsmodels.stats.multitest import multipletests


def bca_case(rng, name, differences, statistic):
    values = numpy.round(differences, 3)
    done = scipy.stats.bootstrap((values,), statistic, n_resamples=199, method="BCa", rng=rng)
    leave_one_out = [float(statistic(numpy.delete(values, i), axis=-1)) for i in range(len(values))]
    return {"name": name, "estimate": float(statistic(values, axis=-1)),
            "replicates": [float(v) for v in done.bootstrap_distribution],
            "leave_one_out": leave_one_out,
            "low": float(done.confidence_interval.low), "high": float(done.confidence_interval.high)}


def permutation_case(rng, name, size, shift, decimals):
    before = numpy.round(rng.normal(size=size), decimals)
    after = numpy.round(before + rng.normal(shift, 0.7, size=size), decimals)

    def statistic(a, b, axis):
        return numpy.mean(a, axis=axis) - numpy.mean(b, axis=axis)

    done = scipy.stats.permutation_test((after, before), statistic, permutation_type="samples",
                                        n_resamples=numpy.inf, alternative="two-sided")
    # scipy doubles the smaller tail; the test here counts both tails, which is the same for a statistic
    # that is symmetric under the exchange.
    return {"name": name, "before": before.tolist(), "after": after.tolist(), "p": float(done.pvalue),
            "cohen_d": float(numpy.mean(after - before) / numpy.std(after - before, ddof=1))}


def main():
    rng = numpy.random.default_rng(20240817)
    p_values = [0.011, 0.2, 0.0004, 0.04, 0.04, 0.9, 0.012]
    quantiles = [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.5, 0.7, 0.975, 0.999999]
    fixture = {
        "versions": {"numpy": numpy.__version__, "scipy": scipy.__version__,
                     "statsmodels": statsmodels.__version__},
        "bca": [bca_case(rng, "normal", rng.normal(0.3, 1, 24), numpy.mean),
                bca_case(rng, "skewed", rng.exponential(1, 17), numpy.mean),
                bca_case(rng, "two values", rng.integers(0, 2, 30).astype(float), numpy.mean)],
        "permutation": [permutation_case(rng, "no effect", 9, 0.0, 2),
                        permutation_case(rng, "effect", 12, 0.6, 2),
                        permutation_case(rng, "ties", 10, 0.3, 0)],
        "holm": {"p": p_values, "adjusted": multipletests(p_values, method="holm")[1].tolist()},
        "normal": {"p": quantiles, "z": scipy.stats.norm.ppf(quantiles).tolist()},
    }
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(fixture, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
