"""TensorFlow-Compression's coder beside constriction's: bytes and speed on the same symbols and tables.

  make test-tfc                                                            # makes the environment
  .venv-tfc/bin/python -m benchmarks.entropy_coders SCENE ... [--rounds 7] [--tile 8]

The latent stands for a trained encoder's: a scene's own principal components times a 4 x 4 cosine transform,
the 27 channels of the greatest variance. By its range at 8 and 6 bits it is coded with static tables of the
image; in steps of a share of the scene's range with tables of Laplace's distribution of each channel's
magnitude, which list symbols as learned tables do; the same with symbols drawn from these tables. Prints
bytes without tables over their ideal code length, and the speed of one coder over the other's; both decoders
encode again to check the end.
"""

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.fft import dctn

from btcnet_jax.coding import static_table
from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.runs import decode_runs, encode_runs
from btcnet_jax.coding.streams import CodingTable, StreamCoder
from btcnet_jax.coding.table_layout import read_layout
from btcnet_jax.coding.tfc_coder import TFC
from btcnet_jax.scene.filling import fill_missing
from btcnet_jax.tables import Column, print_table
from data_pipeline.readers import read_scene

CHANNELS, SIDE, BITS, STEPS = 27, 4, (8, 6), (1 / 400, 1 / 100, 1 / 25)
# As in the learned tables: rarer symbols are escaped.
_LEAST, _COUNT_BITS = 2.0**-22, 34


class Latent(NamedTuple):
    """Runs of symbols, one a channel, with the integer frequencies of each."""

    scene: str
    tables: str
    runs: list[Int[np.ndarray, "places"]]
    frequencies: list[Int[np.ndarray, "alphabet"]]


class Measured(NamedTuple):
    """One coder on one latent: bytes, seconds to encode and to decode."""

    size: float
    encode: float
    decode: float


def main() -> None:
    """Print a row for each scene and kind of tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenes", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tile", type=int, default=1, help="the latent so many times each way")
    options = parser.parse_args()
    rows = []
    for path in options.scenes:
        latent = np.tile(latent_of(path), (options.tile, options.tile, 1))
        latents = [by_range(path.stem, latent, bits) for bits in BITS]
        stepped = [by_steps(path.stem, latent, step) for step in STEPS]
        latents += [*stepped, *map(drawn, stepped)]
        rows += [compared(each, options.rounds) for each in latents]
    columns = [
        Column(key="scene", name="scene"),
        Column(key="tables", name="tables"),
        Column(key="symbols", name="symbols", unit="millions", digits=2),
        Column(key="bits", name="ideal", unit="bits a symbol", digits=3),
        Column(key="constriction", name="constriction over ideal", unit="%", digits=3),
        Column(key="tfc", name="tfc over ideal", unit="%", digits=3),
        Column(key="encode", name="encoding, constriction", unit="Msymbol/s", digits=1),
        Column(key="encode_ratio", name="tfc's speed over it", digits=2),
        Column(key="decode", name="decoding, constriction", unit="Msymbol/s", digits=1),
        Column(key="decode_ratio", name="tfc's speed over it", digits=2),
    ]
    print(f"{os.cpu_count()} cores; medians of {options.rounds} rounds, the coders in turns")
    print_table(rows, columns)


def latent_of(path: Path) -> Float[np.ndarray, "h w channels"]:
    """A scene's transform coefficients in units of its range, by falling variance."""
    cube = fill_missing(read_scene(path)).astype(np.float64)
    rows, cols = (size // SIDE for size in cube.shape[:2])
    cube = (cube[: rows * SIDE, : cols * SIDE] - cube.min()) / np.ptp(cube)
    flat = cube.reshape(-1, cube.shape[2])
    flat = flat - flat.mean(axis=0)
    _, basis = np.linalg.eigh(flat.T @ flat)
    blocks = (flat @ basis[:, : -CHANNELS - 1 : -1]).reshape(rows, SIDE, cols, SIDE, -1)
    coefficients = dctn(blocks, axes=(1, 3), norm="ortho").transpose(0, 2, 4, 1, 3)
    coefficients = coefficients.reshape(rows, cols, -1)
    order = np.argsort(-coefficients.var(axis=(0, 1)), kind="stable")
    return coefficients[:, :, order[:CHANNELS]]


def by_range(scene: str, latent: Float[np.ndarray, "h w channels"], bits: int) -> Latent:
    """Quantized by its range, with tables of the image."""
    scaled = (latent - latent.min()) / np.ptp(latent) * (2**bits - 1)
    symbols = np.rint(scaled).astype(np.int32)
    layout = read_layout(static_table.compress_symbols(symbols, bits).tables, CHANNELS, bits)
    shifted = (symbols + layout.shifts.astype(np.int32)) & ((1 << bits) - 1)
    frequencies = [layout.tables[index].symbol_frequencies() for index in layout.table_of_channel]
    return Latent(scene, f"static, {bits} bits", runs_of(shifted), frequencies)


def by_steps(scene: str, latent: Float[np.ndarray, "h w channels"], step: float) -> Latent:
    """In steps, with Laplace tables: the escape, then the symbols from the first listed on."""
    runs, frequencies = [], []
    for run in runs_of(np.rint(latent / step).astype(np.int32)):
        first, table = laplace_table(float(np.abs(run).mean()))
        places = run - first + 1
        inside = (places > 0) & (places < table.size)
        runs.append(np.where(inside, places, 0).astype(np.int32))
        frequencies.append(table)
    return Latent(scene, f"learned, 1/{1 / step:.0f}", runs, frequencies)


def drawn(latent: Latent) -> Latent:
    """As many symbols, drawn as the tables say: what the coder alone costs."""
    rng = np.random.default_rng(0)
    runs = [
        rng.choice(table.size, run.size, p=table / 2**PRECISION).astype(np.int32)
        for run, table in zip(latent.runs, latent.frequencies, strict=True)
    ]
    return latent._replace(tables=f"{latent.tables}, drawn", runs=runs)


def laplace_table(magnitude: float) -> tuple[int, Int[np.ndarray, "alphabet"]]:
    """The first symbol listed and the frequencies, as `models.prior_tables` has them."""
    listed = np.arange(-4096, 4097)
    mass = np.exp(-np.abs(listed) / max(magnitude, 0.05))
    mass /= mass.sum()
    inside = np.flatnonzero(mass >= _LEAST)
    escape = _LEAST + max(0.0, 1 - float(mass[inside].sum()))
    counts = np.rint(np.array([escape, *mass[inside]]) * 2.0**_COUNT_BITS).astype(np.int64)
    return int(listed[inside[0]]), normalize_frequencies(np.maximum(counts, 1), PRECISION)


def runs_of(symbols: Int[np.ndarray, "h w channels"]) -> list[Int[np.ndarray, "places"]]:
    """A run a channel."""
    return list(np.ascontiguousarray(symbols.reshape(-1, symbols.shape[2]).T))


def compared(latent: Latent, rounds: int) -> dict[str, Any]:
    """A row: both coders in turns, the first round, which loads libraries, left out."""
    coders: tuple[StreamCoder, ...] = (CONSTRICTION, TFC)
    tables = [[coder.table(table) for table in latent.frequencies] for coder in coders]
    times: list[list[Measured]] = [[], []]
    for _ in range(rounds + 1):
        for coder, own, measured in zip(coders, tables, times, strict=True):
            measured.append(measure(coder, latent.runs, own))
    fine, coarse = (
        Measured(*map(statistics.median, zip(*measured[1:], strict=True))) for measured in times
    )
    symbols = sum(run.size for run in latent.runs)
    ideal = sum(
        float((PRECISION - np.log2(table[run])).sum())
        for table, run in zip(latent.frequencies, latent.runs, strict=True)
    )
    return {
        "scene": latent.scene,
        "tables": latent.tables,
        "symbols": symbols / 1e6,
        "bits": ideal / symbols,
        "constriction": 100 * (8 * fine.size / ideal - 1),
        "tfc": 100 * (8 * coarse.size / ideal - 1),
        "encode": symbols / fine.encode / 1e6,
        "encode_ratio": fine.encode / coarse.encode,
        "decode": symbols / fine.decode / 1e6,
        "decode_ratio": fine.decode / coarse.decode,
    }


def measure(
    coder: StreamCoder, runs: Sequence[Int[np.ndarray, "places"]], tables: Sequence[CodingTable]
) -> Measured:
    """Once there and back; what comes back is what went in."""
    start = time.perf_counter()
    data = encode_runs(coder, runs, tables)
    middle = time.perf_counter()
    found = decode_runs(coder, data, tables, [run.size for run in runs])
    end = time.perf_counter()
    np.testing.assert_array_equal(found, runs)
    return Measured(len(data), middle - start, end - middle)


if __name__ == "__main__":
    main()
