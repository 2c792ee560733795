"""Scenes and bounds for tests of bounded errors, and what holds of all of them.

  python tests/btcnet_jax/codec/bounded_cases.py FIRST COUNT [light|always]

checks so many random cases; with "light" of that effort, with "always" on a base, whatever that costs.
"""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np

import btcnet_jax as bt
from btcnet_jax.codec import bounded_codec
from btcnet_jax.codec.verification import verify
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import BASED
from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.parts.goal import Effort
from btcnet_jax.scene import Scene

TYPES = (
    "u1",
    "i1",
    "<u2",
    ">u2",
    "<i2",
    ">i2",
    "<u4",
    "<i4",
    ">i4",
    "<i8",
    "<f2",
    "<f4",
    ">f4",
    "<f8",
)

# Of scenes: up to six tiles, and now and then nine of more bands. What a case takes grows with both.
_SMALL, _WIDE = (12, 22, 6), (9, 70, 12)


def waves(dtype="<i2", shape=(21, 19, 6), seed=0):
    row, col, band = np.indices(shape)
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    return (values + np.random.default_rng(seed).normal(0, 8, shape)).astype(dtype)


def random_scene(chance):
    """Any small scene: smooth, noisy, of few values, of the whole type; with and without missing samples."""
    dtype = np.dtype(chance.choice(TYPES))
    shape = tuple(chance.integers(1, _WIDE if chance.random() < 0.05 else _SMALL).tolist())
    kind, scale = chance.integers(4), 10.0 ** chance.integers(-2, 5)
    if kind == 0:
        values = np.cumsum(chance.normal(0, scale, shape), axis=chance.integers(3))
    elif kind == 1:
        values = chance.integers(0, 3, shape) * scale
    else:
        values = chance.normal(0, scale, shape) + chance.normal(0, 10 * scale, shape[2])
    if dtype.kind == "f":
        values = np.clip(values, -6e4, 6e4).astype(dtype)
    elif kind == 3 and dtype.itemsize < 8:
        ends = np.iinfo(dtype)
        values = chance.integers(ends.min, ends.max, shape, endpoint=True).astype(dtype)
    else:
        ends = np.iinfo(dtype)
        values = np.clip(values, max(ends.min, -(2**60)), min(ends.max, 2**60)).astype(dtype)
    mask = chance.random(shape) > 0.3 if chance.random() < 0.3 else None
    if dtype.kind == "f" and chance.random() < 0.3:
        values[chance.random(shape) < 0.1] = np.nan
    return Scene(values=values, mask=mask)


def random_bound(chance, scene):
    bands = scene.values.shape[2]
    if chance.random() < 0.3:
        return bt.Bound(10.0 ** chance.uniform(-4, 0), relative=True)
    each = chance.choice([0, 0.5, 1, 2, 7.3, 64, 10.0 ** chance.uniform(-3, 6)], bands)
    return bt.Bound(float(each[0]) if chance.random() < 0.6 else each.tolist())


def check_random_cases(first, count, effort=Effort.FULL):
    codec, kept, refused, based = bounded_codec(tile_side=2, effort=effort), 0, 0, 0
    for seed in range(first, first + count):
        chance = np.random.default_rng(seed)
        scene = random_scene(chance)
        bound = random_bound(chance, scene)
        try:
            data = codec.compress(scene, bound)
        except (ConfigError, CubeError):
            refused += 1
            continue
        found = verify(scene, codec.decompress(data), bound.errors(scene))
        assert not found.broken, seed
        # Of more than 254 values that missing samples hold, none is kept.
        assert found.samples_gone == 0, seed
        kept += 1
        based += read_compressed(data).header.entropy_model in BASED
    assert kept > refused
    return kept, based


def with_a_base():
    """Whatever a base costs, it seems to be worth it."""
    return patch("btcnet_jax.codec.bound_encoder._SECTION", -(10**12))


def check_in_a_process(first, count, *words):
    """As `check_random_cases`, of thousands: there no signature's shapes are checked, which takes four times as
    long as what it is checked for."""
    command = [sys.executable, __file__, str(first), str(count), *words]
    root = Path(__file__).parents[3]
    subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=True)


if __name__ == "__main__":
    if sys.argv[3:] == ["always"]:
        with_a_base().start()
    asked = Effort.LIGHT if sys.argv[3:] == ["light"] else Effort.FULL
    check_random_cases(*map(int, sys.argv[1:3]), asked)
