"""Random numbers inside compiled kernels, from a state of their own: no global state, the same on every machine."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Words
from layout_planner.solving.kernel import kernel


def new_state(rng: np.random.Generator) -> Words:
    """Give a state for `uniform` and `below`: one word that is not 0."""
    return rng.integers(1, 2**63, 1, dtype=np.uint64)


@kernel
def uniform(state: Words) -> float:
    """Draw from [0, 1).

    References
    ----------
    Vigna 2016, An experimental exploration of Marsaglia's xorshift generators, scrambled (xorshift64*).
    """
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def below(state: Words, n: int) -> int:
    """Draw a whole number from 0 … n − 1; n < 2³²."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    high = (x * np.uint64(2685821657736338717)) >> np.uint64(32)
    return int(np.int64((high * np.uint64(n)) >> np.uint64(32)))  # Lemire 2019; the bias of n/2³² is left
