"""Files that one machine writes and another decodes: symbols and bounded samples have to be the same.

  python -m benchmarks.exchange write FOLDER [SCENE[:VARIABLE] ...]   # on one machine
  python -m benchmarks.exchange read FOLDER                           # on another, with what the first wrote

`write` compresses drawn scenes, and a crop of each scene that is named, with the universal codec and with
bounds of the error, some of which a base meets best, and notes in exchange.json what they decode to. `read`
decodes them and compares: symbols of lossy files, and samples of bounded ones, must be equal; of lossy samples,
which floats lead to, the greatest difference is told. The status is 1 on any difference, or where a file is
missing or damaged. The core install is enough.
"""

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import btcnet_jax as bt
from btcnet_jax.codec import bounded_codec, open_file, universal_codec
from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.codec.codec import Codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.errors import BtcnetError
from btcnet_jax.scene import Scene
from btcnet_jax.tables import Column, print_table

_NOTES = "exchange.json"
_CROP = 40
_BASED_TYPES = ("<i2", ">u2", "<i4", "<f4", "<f8")
_TYPES = ("u1", "i1", "<u2", ">i2", "<i4", "<u4", "<i8", "<f2", "<f4", ">f4", "<f8")


class _Case(NamedTuple):
    name: str
    codec: Codec
    scene: Scene
    target: bt.Rate | bt.Bound


def main() -> int:
    """Write or read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("write", "read"):
        commands.add_parser(name).add_argument("folder", type=Path)
    commands.choices["write"].add_argument("scenes", nargs="*", help="files to cut crops from")
    options = parser.parse_args()
    if options.command == "write":
        write(options.folder, options.scenes)
        return 0
    return read(options.folder)


def write(folder: Path, scenes: list[str]) -> None:
    """Write files, the samples of lossy ones, and the notes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for case in [*_drawn_cases(), *(each for word in scenes for each in _cases_of(word))]:
        data = case.codec.compress(case.scene, case.target)
        (folder / f"{case.name}.btcn").write_bytes(data)
        latent, samples = _decoded(folder / f"{case.name}.btcn")
        exact = isinstance(case.target, bt.Bound)
        if not exact:
            np.savez_compressed(folder / f"{case.name}.npz", samples=samples)
        based = "base" in case.name
        if based and read_compressed(data).header.entropy_model != EntropyModelId.BASED_ADAPTIVE:
            raise SystemExit(f"{case.name} was coded without a base")
        files[case.name] = {
            "file": hashlib.sha256(data).hexdigest(),
            "exact": exact,
            "symbols": _digest(latent),
            "samples": _digest(samples),
        }
    notes = {"machine": machine(), "files": files}
    (folder / _NOTES).write_text(json.dumps(notes, indent=1) + "\n")
    print(f"{len(files)} files written by {machine()}")


def read(folder: Path) -> int:
    """Decode files and compare; 1 where something differs."""
    try:
        notes = json.loads((folder / _NOTES).read_text())
    except (OSError, ValueError) as error:
        print(f"{folder / _NOTES} cannot be read, write it first: {error}", file=sys.stderr)
        return 1
    rows = [_compared(folder, name, told) for name, told in notes["files"].items()]
    columns = ("file", "symbols", "samples", "difference")
    print_table(rows, [Column(key=key, name=key) for key in columns])
    wrong = sum(row["wrong"] for row in rows)
    print(f"written by {notes['machine']}")
    print(f"read by {machine()}")
    print(f"{len(rows) - wrong} of {len(rows)} files decode to the same")
    return 1 if wrong or not rows else 0


def machine() -> str:
    """What decodes here."""
    import jax
    import numba

    device = jax.devices()[0]
    versions = f"numpy {np.__version__}, numba {numba.__version__}, jax {jax.__version__}"
    return f"{platform.machine()}, {platform.system()}, {device.platform} {device.device_kind}, {versions}"


def _compared(folder: Path, name: str, told: dict[str, Any]) -> dict[str, Any]:
    row = {"file": name, "symbols": "", "samples": "", "difference": "", "wrong": True}
    path = folder / f"{name}.btcn"
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != told["file"]:
            return row | {"symbols": "the file is another one"}
        latent, samples = _decoded(path)
        before = None if told["exact"] else np.load(folder / f"{name}.npz")["samples"]
    except (BtcnetError, OSError) as error:
        return row | {"symbols": "cannot be read", "samples": str(error)}
    same = _digest(latent) == told["symbols"]
    alike = _digest(samples) == told["samples"]
    row |= {"symbols": "same" if same else "DIFFER", "samples": "same"}
    if not alike:
        row["samples"] = "DIFFER" if told["exact"] else "floats differ"
    if before is not None:
        row["difference"] = f"{_difference(before, samples):.3g}"
    return row | {"wrong": not same or (told["exact"] and not alike)}


def _decoded(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latent and samples."""
    file = open_file(path)
    latent = np.asarray(file.codec._latent.read(file.file))
    return latent.astype("<i8"), file.decompress().values


def _digest(values: np.ndarray) -> str:
    """Of shape, type and bytes in the type's own order."""
    told = f"{values.dtype.str} {values.shape}".encode()
    return hashlib.sha256(told + np.ascontiguousarray(values).tobytes()).hexdigest()


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """The greatest of two arrays, NaN apart."""
    if one.shape != other.shape:
        return float("inf")
    return float(np.nanmax(np.abs(one.astype(np.float64) - other.astype(np.float64)), initial=0))


def _drawn(dtype: str = "<i2", shape: tuple[int, int, int] = (37, 45, 24), seed: int = 0) -> Scene:
    """A smooth scene with noise, from 0 to 1200 or to what the type holds."""
    row, col, band = np.indices(shape)
    values = 600 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values = np.clip(values + np.random.default_rng(seed).normal(0, 8, shape), 0, 1200)
    scale = 0.1 if np.dtype(dtype).itemsize == 1 else 1.0
    return Scene(values=(values * scale).astype(dtype))


def _few_spectra(dtype: str) -> Scene:
    """Of few kinds of spectra, which a base tells in few symbols."""
    row, col, band = np.mgrid[:36, :42, :24]
    kinds = [np.sin(row / 9), np.cos(col / 7), np.sin((row + col) / 5)]
    spectra = [300 * np.exp(-(((band - 6 * k) / 7) ** 2)) for k in range(3)]
    values = 900 + sum(kind * spectrum for kind, spectrum in zip(kinds, spectra, strict=True))
    values += np.random.default_rng(1).normal(0, 3, values.shape)
    return Scene(values=np.rint(values).astype(dtype))


def _drawn_cases() -> Iterator[_Case]:
    bounded, small = bounded_codec(), bounded_codec(tile_side=4)
    for dtype in _TYPES:
        scene, name = _drawn(dtype), dtype.replace("<", "le-").replace(">", "be-")
        # Between 0 and 1 are more float64 than can be coded: those are near to each other.
        if dtype == "<f8":
            scene.values += 500
        yield _Case(f"bounded-0-{name}", bounded, scene, bt.Bound(0))
        yield _Case(f"bounded-3-{name}", bounded, scene, bt.Bound(3))
    ends = np.iinfo(np.int32)
    noise = np.random.default_rng(1).integers(ends.min, ends.max, (19, 21, 5), endpoint=True)
    whole = Scene(values=noise.astype(np.int32))
    yield _Case("bounded-0-whole-type", bounded, whole, bt.Bound(0))
    missing = _drawn("<f4")
    missing.values[3:9, 5:11], missing.values[20, 30, 4] = np.nan, np.inf
    each = bt.Bound([float(band % 4) for band in range(24)])
    for dtype in _BASED_TYPES:
        name = dtype.replace("<", "le-").replace(">", "be-")
        yield _Case(f"bounded-9-base-{name}", small, _few_spectra(dtype), bt.Bound(9))
    yield _Case("bounded-40-base-tile", bounded, _few_spectra("<u2"), bt.Bound(40))
    yield _Case("bounded-each-tiles-missing", small, missing, each)
    for tag, codec in _LOSSY.items():
        yield _Case(f"lossy-{tag}", codec(), _drawn(seed=2), bt.Rate(0.8))
    tiled = universal_codec(shipped_weights(), tile_side=4)
    yield _Case("lossy-tiles", tiled, _drawn("<u2"), bt.Rate(1.2))
    yield _Case("lossy-floats-missing", bt.load(), _with_missing(_drawn("<f4")), bt.Rate(1.0))


_LOSSY: dict[str, Callable[[], Codec]] = {
    "dependent": bt.load,
    "scalar": partial(bt.load, quantization="scalar"),
    "light": partial(bt.load, effort="light"),
    "rmse": partial(bt.load, optimize="rmse"),
    "sam": partial(bt.load, optimize="sam"),
}


def _with_missing(scene: Scene) -> Scene:
    """The scene with some samples that are no data."""
    scene.values[10:15, :7] = np.nan
    return scene


def _cases_of(word: str) -> Iterator[_Case]:
    """Of a crop from a scene's middle."""
    # Reading files takes libraries that decoding does not.
    from data_pipeline.readers import read_scene

    path, _, variable = word.partition(":")
    values = read_scene(Path(path), variable or None).values
    top, left = (max((size - _CROP) // 2, 0) for size in values.shape[:2])
    crop = Scene(values=np.ascontiguousarray(values[top : top + _CROP, left : left + _CROP]))
    name = Path(path).name.replace(".", "-")
    for error in (0, 4):
        yield _Case(f"bounded-{error}-{name}", bounded_codec(), crop, bt.Bound(error))
    for rate in (0.2, 1.0):
        yield _Case(f"lossy-{rate:g}-{name}", bt.load(), crop, bt.Rate(rate))


if __name__ == "__main__":
    sys.exit(main())
