"""Independent random streams, one per purpose, so that a change in one part leaves the others."""

import zlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the random stream that belongs to a seed (any integer from 0) and a purpose."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])
