"""The published tiny networks of tests/golden/tiny.npz: their weights are drawn again, all else is read.

Their convolutions are PyTorch's at its default: uniform in +-1/sqrt(fan in), weight before bias, from a
seed. So a seed stands for 1.2 MB of random digits; a checksum holds that they are the same bit for bit.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

FILE = Path(__file__).parents[2] / "golden" / "tiny.npz"


class GoldenNetwork(NamedTuple):
    """A published state dict, and what PyTorch made of an input; cubes have their bands last."""

    state: dict[str, np.ndarray]
    input: np.ndarray
    latent: np.ndarray
    output: np.ndarray
    integers: np.ndarray | None


def golden_network(bits: int) -> GoldenNetwork:
    """The network of 8, 6 or 32 bits."""
    with np.load(FILE) as file:
        arrays = {
            k.removeprefix(f"{bits}/"): v for k, v in file.items() if k.startswith(f"{bits}/")
        }
        shapes = json.loads(str(file["shapes"]))
    given = np.split(arrays["given"], np.cumsum(arrays["given_sizes"])[:-1])
    state = _state(shapes, int(arrays["seed"]), iter(given))
    digest = hashlib.sha256(b"".join(tensor.tobytes() for tensor in state.values())).digest()
    assert digest == arrays["sha256"].tobytes(), "not the weights of the published network"
    cubes = (
        np.moveaxis(arrays[name], 1, -1) if name in arrays else None
        for name in ("input", "latent", "output", "integers")
    )
    return GoldenNetwork(state, *cubes)


def _state(shapes, seed, given):
    """All tensors in the order of their drawing; layer norms, slopes and alphas are given, not drawn."""
    random, state, fan_in = np.random.RandomState(seed), {}, 1
    for name, shape in shapes:
        if is_given(name, shape):
            state[name] = next(given).reshape(shape)
            continue
        if len(shape) > 1:
            fan_in = math.prod(shape[1:])
        state[name] = _uniform(random, shape, np.float32(1 / math.sqrt(fan_in)))
    return state


def is_given(name, shape):
    """Whether a tensor does not follow from the seed."""
    return "layer_norm" in name or math.prod(shape) == 1


def _uniform(random, shape, bound):
    """As PyTorch's: 24 bits of each output of the Mersenne Twister, scaled and shifted in one rounding."""
    raw = random.randint(0, 2**32, size=shape, dtype=np.uint32) & 0xFFFFFF
    unit = raw * 2.0**-24
    return (unit * np.float64(bound - -bound) - np.float64(bound)).astype(np.float32)
