"""Whether chains have mixed: effective sample size and agreement between chains."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats

AGREES = 1.05
"""Split R-hat up to which chains are said to agree."""
ENOUGH = 100.0
"""Effective samples a percentile needs."""


def split_rhat(chains: Floats) -> float:
    """Compare the halves of all chains: 1 when they cannot be told apart.

    Parameters
    ----------
    chains
        Shape (chains, draws).

    Returns
    -------
    float
        √(((n − 1)/n · W + B/n) / W) over the half chains; 1 when nothing varies, inf when chains stand apart still.

    References
    ----------
    Gelman et al. 2013, Bayesian Data Analysis, §11.4.
    """
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    within = float(parts.var(axis=1, ddof=1).mean())
    between = float(half * parts.mean(axis=1).var(ddof=1))
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt(((half - 1) / half * within + between / half) / within))


def effective_size(chains: Floats) -> float:
    """Give the number of independent draws the chains are worth.

    Parameters
    ----------
    chains
        Shape (chains, draws).

    Returns
    -------
    float
        m n / (1 + 2 Σ ρ) with Geyer's initial monotone sequence of paired autocorrelations; m n where nothing varies.

    References
    ----------
    Geyer 1992; Vehtari et al. 2021, eq. 10 to 13.
    """
    m, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(power, size, axis=1)[:, :n] / n
    within = float((covariance[:, 0] * n / (n - 1)).mean())
    between = float(chains.mean(axis=1).var(ddof=1)) if m > 1 else 0.0
    whole = within * (n - 1) / n + between
    if whole == 0:
        return float(m * n)
    rho = 1 - (within - covariance.mean(axis=0) * n / (n - 1)) / whole
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    total = float(np.minimum.accumulate(pairs[: max(stop, 1)]).sum())
    return float(m * n / max(2 * total - 1, 1 / np.log10(m * n + 10)))
