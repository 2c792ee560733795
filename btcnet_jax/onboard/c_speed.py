"""How fast the C program is on this machine: compiled, and run on lines of noise."""

import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from btcnet_jax.errors import BtcnetError
from btcnet_jax.onboard.c_program import PROGRAM, c_files
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder

FLAGS = ("-std=c99", "-O3")
_SOURCES = (*(name for name in PROGRAM if name.endswith(".c")), "btcnet_model.c")
# Multiply-adds of a measurement: about a second.
_WORK = 2e9
_LEAST_LINES = 32


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
    with tempfile.TemporaryDirectory() as folder:
        for name, data in c_files("measured", encoder, samples).items():
            (Path(folder) / name).write_bytes(data)
        _run([compiler, *FLAGS, "-o", "encode", *_SOURCES], folder)
        before = _processor_time()
        _run([str(Path(folder) / "encode"), str(samples)], folder, lines.tobytes())
        seconds = _processor_time() - before
    return float(lines.size / max(seconds, 1e-6))


def _run(words: list[str], folder: str, data: bytes = b"") -> None:
    done = subprocess.run(words, cwd=folder, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        told = (done.stderr.decode(errors="replace").splitlines() or ["no reason given"])[0]
        raise BtcnetError(f"{Path(words[0]).name} failed on the exported C program: {told}")


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
