"""How fast a C program is on this machine: compiled, and run on lines; those of a network on noise."""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Integer

from btcnet_jax.errors import BtcnetError
from btcnet_jax.onboard.c_program import PROGRAM, c_files
from btcnet_jax.onboard.plan_program import PlanForm, plan_files
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder

FLAGS = ("-std=c99", "-O3")
_SOURCES = (*(name for name in PROGRAM if name.endswith(".c")), "btcnet_model.c")
# Multiply-adds of a measurement: about a second.
_WORK = 2e9
_LEAST_LINES = 32
# Samples that a plan's program is measured on, and lines that are repeated to get there.
_PLAN_WORK, _MOST_LINES = 6e7, 512


def find_compiler() -> str | None:
    """The C compiler that `CC` names, or cc, gcc or clang; None where there is none."""
    names = [os.environ.get("CC", ""), "cc", "gcc", "clang"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def samples_per_second(compiler: str, encoder: IntegerEncoder, samples: int) -> float:
    """Samples that one core encodes in a second of processor time, reading and writing included.

    Args:
        compiler: of C99.
        encoder: to measure.
        samples: of a line.

    Raises:
        BtcnetError: the program does not compile, or does not run.
    """
    products = encoder.weights.size / encoder.scale**2
    count = max(_LEAST_LINES, int(_WORK / (products * samples)))
    info = np.iinfo(encoder.dtype)
    shape = (_LEAST_LINES, encoder.bands, samples)
    noise = np.random.default_rng(0).integers(info.min, info.max, shape, encoder.dtype)
    lines = noise.astype(encoder.dtype.newbyteorder("<"))[np.arange(count) % _LEAST_LINES]
    files = c_files("measured", encoder, samples)
    return lines.size / _seconds(compiler, files, _SOURCES, samples, lines)


def plan_samples_per_second(
    compiler: str, form: PlanForm, values: Integer[np.ndarray, "rows cols bands"]
) -> float:
    """Samples that one core compresses in a second of processor time, reading and writing included.

    Args:
        compiler: of C99.
        form: of the program.
        values: lines of the sensor, which are repeated, mirrored, for as long as a measurement takes.

    Raises:
        BtcnetError: the program does not compile, or does not run.
    """
    samples = form.sizes.samples
    part = np.pad(values[:_MOST_LINES, :samples], _missing(values, samples), mode="symmetric")
    count = max(1, int(_PLAN_WORK / part.size))
    lines = part.transpose(0, 2, 1).astype(part.dtype.newbyteorder("<"))
    lines = np.concatenate([lines, lines[::-1]] * -(-count // 2))[: form.sizes.lines]
    files = plan_files(form)
    sources = tuple(name for name in files if name.endswith(".c"))
    return lines.size / _seconds(compiler, files, sources, samples, lines)


def _missing(values: Integer[np.ndarray, "rows cols bands"], samples: int) -> list[tuple[int, int]]:
    return [(0, 0), (0, max(samples - values.shape[1], 0)), (0, 0)]


def _seconds(
    compiler: str,
    files: Mapping[str, bytes],
    sources: Sequence[str],
    samples: int,
    lines: Integer[np.ndarray, "rows bands cols"],
) -> float:
    """Of processor time, of the program that these sources are."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        _run([compiler, *FLAGS, "-o", "program", *sources], folder)
        before = _processor_time()
        _run([str(Path(folder) / "program"), str(samples)], folder, lines.tobytes())
        return max(_processor_time() - before, 1e-6)


def _run(words: list[str], folder: str, data: bytes = b"") -> None:
    done = subprocess.run(words, cwd=folder, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        told = (done.stderr.decode(errors="replace").splitlines() or ["no reason given"])[0]
        raise BtcnetError(f"{Path(words[0]).name} failed on the exported C program: {told}")


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
