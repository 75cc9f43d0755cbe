#!/usr/bin/env python3
"""Prints the polynomials of src/compute/vector_kernels.h (needs numpy and mpmath).

erfc(z) = t * P(t) * exp(-z^2) with t = 1 / (1 + z/2), z in [0, 9.5]; tanh(y) = y * Q(y^2),
|y| <= 0.625. Both by Lawson's reweighted least squares on Chebyshev nodes: nearly the smallest
largest relative error.
"""
import mpmath as mp
import numpy as np


def fit(function, low, high, degree, nodes=400, rounds=60):
    """Coefficients of 1, x, x^2, ... and the largest relative error on the nodes."""
    x = (np.cos((np.arange(nodes) + 0.5) * np.pi / nodes) + 1) / 2 * (high - low) + low
    y = np.array([float(function(mp.mpf(float(v)))) for v in x])
    basis = np.polynomial.chebyshev.chebvander(2 * (x - low) / (high - low) - 1, degree)
    weight = np.ones(nodes)
    for _ in range(rounds):
        row = np.sqrt(weight) / np.abs(y)
        coefficients = np.linalg.lstsq(basis * row[:, None], y * row, rcond=None)[0]
        error = np.abs((basis @ coefficients - y) / y)
        weight *= error
        weight /= weight.sum()
    series = np.polynomial.chebyshev.Chebyshev(coefficients, domain=[low, high])
    powers = series.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1])
    return powers.coef, error.max()


def scaled_erfc(t):
    z = (1 / t - 1) * 2
    return mp.exp(z * z) * mp.erfc(z) / t


def tanh_over_argument(square):
    y = mp.sqrt(square)
    return mp.tanh(y) / y


def main():
    mp.mp.dps = 40
    for name, function, low, high, degree in (
        ("erfc", scaled_erfc, 1 / (1 + 9.5 / 2), 1.0, 9),
        ("tanh", tanh_over_argument, 1e-12, 0.625**2, 5),
    ):
        coefficients, error = fit(function, low, high, degree)
        print(f"{name}: largest relative error {error:.1e}")
        for power, value in enumerate(coefficients):
            print(f"  x^{power}: {value:.9g}")


if __name__ == "__main__":
    main()
