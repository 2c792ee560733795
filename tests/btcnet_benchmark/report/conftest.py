"""Measurements as a sweep would make them, worked out instead of measured."""

import math

import numpy as np
import pytest

from btcnet_benchmark.report.results import Results
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.scene.scene import Scene

TARGETS = (0.03, 0.05, 0.1, 0.4)
_SHAPE = (12, 16, 9)


@pytest.fixture(scope="session")
def made():
    """Makes a measurement: 40 dB at 0.1 bpppb, 10 dB more for ten times the rate, plus a gain."""
    return make


def make(scene="lake", codec="klt", target=0.1, gain=0.0, **other):
    bpppb = 0.07 if target is None else target
    fields = {
        "bpppb": bpppb,
        "file_bytes": math.ceil(bpppb * math.prod(_SHAPE) / 8),
        "psnr_db": 50 + 10 * math.log10(bpppb) + gain,
        "psnr_range_db": 70.0,
        "sam_deg": 0.1 / bpppb - gain / 10,
        "ssim": 0.98765,
        "rmse": 12.34567,
        "max_error": 1234.0,
        "encode_seconds": 0.5 + gain,
        "decode_seconds": 0.25,
        "psnr_per_band": [30.0 + gain] * (_SHAPE[2] - 1) + [None],
    }
    rows, cols, bands = _SHAPE
    names = {"scene": scene, "codec": codec, "about": f"{codec} for a test", "dtype": "uint16"}
    sizes = {"target_bpppb": target, "rows": rows, "cols": cols, "bands": bands}
    return Measurement(**{**names, **sizes, **fields, **other})


@pytest.fixture(scope="session")
def failed():
    """Makes the measurement of a codec that could not take a scene."""

    def make_failed(scene="lake", codec="net", target=0.1, why="172 bands only"):
        rows, cols, bands = _SHAPE
        names = {"scene": scene, "codec": codec, "about": "", "dtype": "uint16", "failed": why}
        sizes = {"target_bpppb": target, "rows": rows, "cols": cols, "bands": bands}
        return Measurement(**names, **sizes)

    return make_failed


@pytest.fixture
def sweep():
    """Makes two scenes by the anchor klt, a better codec, and a net of one fixed rate."""
    found = []
    for scene in ("lake", "town"):
        found += [make(scene, "klt", target) for target in TARGETS]
        found += [make(scene, "better", target, gain=1.0) for target in TARGETS]
        found.append(make(scene, "net", None, gain=-2.0))
    return found


@pytest.fixture
def results():
    """Groups measurements, with klt as the anchor and pictures at 0.054 bpppb."""
    return lambda found, anchor="klt": Results(found, anchor=anchor, picture_bpppb=0.054)


@pytest.fixture(scope="session")
def original():
    """Makes the scene of a name."""
    return scene_of


def scene_of(name, shape=_SHAPE):
    random = np.random.default_rng(len(name))
    values = random.integers(100, 4000, shape).astype(np.uint16)
    return Scene(name=name, values=values, wavelengths=np.linspace(450, 900, shape[2]))


@pytest.fixture(scope="session")
def restored():
    """Makes the restored samples of a measurement: every one is larger by ten."""
    return lambda measurement: scene_of(measurement.scene).values + np.uint16(10)
