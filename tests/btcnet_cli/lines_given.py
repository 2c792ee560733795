"""A scene, plans of it and its raw lines, for tests of commands that take lines as they come."""

import io
import sys
from types import SimpleNamespace

import numpy as np

SHAPE = (44, 30, 12)


def cube_of_lines():
    row, col, band = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values += 400 * np.cos(band / 2) + np.random.default_rng(0).normal(0, 4, SHAPE)
    return values.astype(np.uint16)


def plan_of(folder, name, *words):
    """The path of a plan of folder/scene.npy."""
    import main

    np.save(folder / "scene.npy", cube_of_lines())
    given = "plan", folder / "scene.npy", folder / name, "--bpppb", "0.5", *words
    assert main.run([*map(str, given)]) == 0
    return folder / name


def float_plan_of(folder):
    words = "--lines", "0:20", "--group", "16", "--quantization", "scalar", "--nodata", "7"
    return plan_of(folder, "a.btcplan", *words)


def give_lines(monkeypatch, data):
    """Make data what standard input has."""
    stream = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(data)), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stream)


def raw(*more):
    return ["--samples", SHAPE[1], "--bands", SHAPE[2], "--dtype", "uint16", *more]


def bil(cube):
    return np.ascontiguousarray(cube.swapaxes(1, 2)).tobytes()


def refused(result, message):
    status, _, error = result
    assert status == 2
    assert error.count("\n") == 1
    assert message in error
