"""Exports: the encoder for another machine, with what it needs to be checked there.

A form gives files by name, a README among them; the test vectors, which all forms share, are made here.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Integer

from btcnet_jax.codec import network_codec
from btcnet_jax.config.model import LEARNED
from btcnet_jax.errors import BtcnetError, ConfigError
from btcnet_jax.extras import require_extra
from btcnet_jax.files import require_writable, write_atomically
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.onboard.c_program import c_files
from btcnet_jax.onboard.c_tables import file_form
from btcnet_jax.onboard.dpu_form import dpu_files
from btcnet_jax.onboard.lines import LineEncoder
from btcnet_jax.onboard.onnx_form import onnx_files
from btcnet_jax.onboard.stablehlo import stablehlo_files
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder
from btcnet_jax.parts.integers.power_of_two import (
    PowerOfTwoEncoder,
    power_of_two_encoder,
    require_symbols_fit,
)
from btcnet_jax.parts.integers.quantizing import integer_encoder
from btcnet_jax.parts.integers.settings import Settings, settings_of
from btcnet_jax.parts.integers.transform import IntegerLatent
from btcnet_jax.scene.scene import Scene
from btcnet_jax.weights.coding_tables import coding_tables

FREE, POWER_OF_TWO = "free", "power-of-two"
_MAKERS = {FREE: integer_encoder, POWER_OF_TWO: power_of_two_encoder}
LINES, SYMBOLS, FILE = "lines.bil", "expected.symbols", "expected.btcn"
CALIBRATION = "calibration.json"
DEFAULT_LINES = 1024
_MOST_LINES = 1 << 20
# Of test vectors: several rows of the latent, and a last one that is filled up.
VECTOR_LINES = 30


class Vectors(NamedTuple):
    """Lines to check an export with, and what the reference in Python makes of them."""

    lines: Integer[np.ndarray, "rows samples bands"]
    symbols: Int32[np.ndarray, "h w channels"]


class Export(NamedTuple):
    """What a form is made of.

    Attributes:
        name: of the model, for the README.
        encoder: to export.
        settings: of the encoder.
        samples: of a line, at most.
        lines: of a scene, at most, where a form writes files.
        vectors: to check it with.
        file: of their lines, as the codec writes it; None where no form writes files of the model.
    """

    name: str
    encoder: IntegerEncoder
    settings: Settings
    samples: int
    lines: int
    vectors: Vectors
    file: bytes | None


def make_export(
    name: str,
    saved: SavedModel,
    latents: Sequence[IntegerLatent],
    values: Integer[np.ndarray, "rows cols bands"],
    samples: int,
    lines: int = DEFAULT_LINES,
    level: int | None = None,
    scales: str = FREE,
) -> Export:
    """All that a form needs.

    Args:
        name: of the model, for the README.
        saved: the model.
        latents: of the scenes that it is calibrated to.
        values: of a scene, for test vectors.
        samples: of a line, at most.
        lines: of a scene, at most.
        level: of a model of several rates; None for the finest.
        scales: FREE, or POWER_OF_TWO for the encoder of int8 and shifts.

    Raises:
        ConfigError: samples or lines that no scene can have, no such level, or the model has no form in such
            scales.
    """
    config, params, tables = saved
    require_samples(samples)
    require_lines(lines)
    fingerprint = model_fingerprint(config, params, tables or coding_tables(config, params))
    settings = settings_of(fingerprint, latents)
    encoder = _MAKERS[scales](config, params, settings.calibration, level)
    if scales == POWER_OF_TWO and config.quantizer == LEARNED:
        number = config.rate_levels - 1 if level is None else level
        require_symbols_fit(params, [each.symbols(number) for each in latents])
    vectors, file = check_vectors(encoder, values, samples), None
    # Of free scales, as `compress --calibration` writes it.
    if settings.tables and scales == FREE:
        codec = network_codec(*saved, settings=settings)
        file = codec.compress(Scene(values=vectors.lines[:lines]))
    return Export(name, encoder, settings, samples, lines, vectors, file)


def _c_files(export: Export) -> dict[str, bytes]:
    form = None if export.file is None else file_form(export.file, export.lines)
    files = c_files(export.name, export.encoder, export.samples, form)
    return files if export.file is None else files | {FILE: export.file}


def _onnx_files(export: Export) -> dict[str, bytes]:
    files = onnx_files(export.name, export.encoder, export.samples)
    if not isinstance(export.encoder, PowerOfTwoEncoder):
        return files
    own = dpu_files(export.encoder, export.vectors.lines)
    readme = files["README.md"] + own.pop("README.md")
    return files | own | {"README.md": readme}


FORMS: dict[str, Callable[[Export], dict[str, bytes]]] = {
    "c": _c_files,
    "onnx": _onnx_files,
    "stablehlo": lambda export: stablehlo_files(export.name, export.encoder, export.samples),
}
"""Files of each form by name."""


def check_vectors(
    encoder: IntegerEncoder, values: Integer[np.ndarray, "rows cols bands"], samples: int
) -> Vectors:
    """The upper left part of a scene, line by line through the reference.

    Args:
        encoder: of the scene's type and bands.
        values: of the scene.
        samples: of a line, at most.

    Raises:
        ConfigError: samples that no line can have.
    """
    require_samples(samples)
    lines = np.ascontiguousarray(values[:VECTOR_LINES, :samples])
    running = LineEncoder(encoder, lines.shape[1])
    rows = [row for line in lines if (row := running.push(line)) is not None]
    rest = running.finish()
    return Vectors(lines, np.concatenate([*(row[None] for row in rows), rest]))


def write_export(form: str, export: Export, folder: Path) -> list[Path]:
    """Write a form to a folder, which is made where it is not there.

    Returns:
        The files.

    Raises:
        ConfigError: no such form.
        BtcnetError: the folder cannot be written.
    """
    require_form(form)
    lines, symbols = export.vectors
    files = FORMS[form](export) | {
        **line_files(lines),
        SYMBOLS: symbols.astype("<i4").tobytes(),
        CALIBRATION: export.settings.to_json(),
    }
    return write_folder(folder, files)


def line_files(lines: Integer[np.ndarray, "rows samples bands"]) -> dict[str, bytes]:
    """The files of lines to check an export with."""
    return {
        LINES: lines.transpose(0, 2, 1).astype(lines.dtype.newbyteorder("<")).tobytes(),
        "samples.txt": f"{lines.shape[1]}\n".encode(),
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made where it is not there.

    Returns:
        The files.

    Raises:
        BtcnetError: the folder cannot be written.
    """
    _make(folder)
    for name, data in files.items():
        write_atomically(folder / name, data)
    return [folder / name for name in files]


def require_form(form: str, scales: str = FREE) -> None:
    """Refuse a form that there is not, that cannot be written here, or not in such scales.

    Args:
        form: by its name.
        scales: FREE or POWER_OF_TWO.

    Raises:
        ConfigError: says which there are.
        MissingExtraError: its package is not installed.
    """
    if form == "onnx":
        require_extra("onnx", "onnx")
    if form in ("tflite", "litert"):
        raise ConfigError(
            "no form tflite: its converter from JAX takes TensorFlow: name c, onnx or stablehlo"
        )
    if form not in FORMS:
        raise ConfigError(f"no form {form}: there are {', '.join(FORMS)}")
    if scales not in _MAKERS:
        raise ConfigError(f"no scales {scales}: there are {', '.join(_MAKERS)}")
    if scales == POWER_OF_TWO and form != "onnx":
        raise ConfigError(
            f"scales that are powers of two are of the form onnx, not {form}: give --to onnx, or leave out "
            "--scales"
        )


def require_samples(samples: int) -> None:
    """Refuse a width that no line of an instrument has.

    Raises:
        ConfigError: says what it may be.
    """
    if not 1 <= samples <= 2**16:
        raise ConfigError(f"a line has 1 to 65536 samples, not {samples}: give --samples")


def require_lines(lines: int) -> None:
    """Refuse a number of lines that no scene has.

    Raises:
        ConfigError: says what it may be.
    """
    if not 1 <= lines <= _MOST_LINES:
        raise ConfigError(f"a scene has 1 to {_MOST_LINES} lines, not {lines}: give --lines")


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BtcnetError(f"cannot write {folder}: it is a file; name a folder")
    require_writable(folder / "README.md" if folder.exists() else folder)
    folder.mkdir(exist_ok=True)
