"""The part of `evaluate` that compresses nothing: an original, and what came back of it or will."""

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.bound_options import OPTIONS as BOUND_OPTIONS
from btcnet_cli.decoder_option import refuse_decoder_option
from btcnet_cli.limit_options import limits_of, refuse_limit_options
from btcnet_cli.missing_options import scene_as_asked, source_as_asked
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from btcnet_jax.codec import OpenFile
    from btcnet_jax.codec.evaluation import Evaluation
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene import Scene, SceneInfo, SceneSource
    from btcnet_jax.scene.stream import SceneStream


_OF_COMPRESSING = ("level", "bpppb", "optimize", "effort", "quantization", *BOUND_OPTIONS)


def is_pair(arguments: argparse.Namespace) -> bool:
    """Whether two files are given of which the second is not to be coded.

    It is a compressed file, or a cube where nothing is said of how to code.
    """
    if len(arguments.scenes) != 2 or any(path.is_dir() for path in arguments.scenes):
        return False
    if all(map(is_standard, arguments.scenes)):
        raise ConfigError("standard input is one file: name the other")
    return is_left_to_itself(arguments) or is_compressed(arguments.scenes[1])


def is_left_to_itself(arguments: argparse.Namespace) -> bool:
    """Whether nothing is said of how to code."""
    return all(getattr(arguments, name) is None for name in ("model", *_OF_COMPRESSING))


def is_compressed(path: Path) -> bool:
    """Whether a file is a compressed one, by its suffix or by how it begins."""
    from btcnet_jax.container.container import MAGIC

    if path.suffix == ".btcn" or not path.is_file():
        return path.suffix == ".btcn"
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def evaluate_pair(
    original: Path, other: Path, arguments: argparse.Namespace, progress: "Progress"
) -> tuple["Scene | None", "Evaluation", dict[str, Any]]:
    """Measure a file, or a restored cube, against the original; large ones some lines at a time.

    Returns:
        The original where it was held, how good the other is, and which model it is of where that is known.

    Raises:
        BtcnetError: a file cannot be read, or the two are not of one shape.
    """
    from btcnet_jax.scene.lines import is_large
    from data_pipeline.readers import open_scene

    with real_file(original) as real:
        source = open_scene(real, arguments.variable, arguments.axes)
        if is_large(source.shape) and not arguments.picture:
            source = source_as_asked(original, source, arguments)
            with real_file(other) as file:
                return None, *evaluate_large(source, original, file, arguments, progress)
        if is_large(source.shape):
            warn_of_holding(original, "a picture (--picture) is drawn of all of it")
        scene = scene_as_asked(original, source.read_all(), arguments)
    with real_file(other) as file:
        if is_compressed(file):
            return scene, *_of_file(scene, file, arguments, progress)
        refuse_limit_options(arguments)
        refuse_decoder_option(arguments)
        return scene, _of_cube(scene, original, file), {}


def figures_of(other: Path, found: "Evaluation") -> dict[str, Any]:
    """The figures of what was measured, ready for JSON and for the table."""
    protocol = "restored" if found.file_bytes is None else "file"
    name = "standard input" if is_standard(other) else other.name
    return {"scene": name, "protocol": protocol, **found.to_json()}


def _of_file(
    scene: "Scene", path: Path, arguments: argparse.Namespace, progress: "Progress"
) -> tuple["Evaluation", dict[str, Any]]:
    from btcnet_jax.codec.evaluation import evaluate_decoding

    with about(path):
        file = opened_file(scene, scene.values.shape, path, arguments)
        views = arguments.ensemble
        found = evaluate_decoding(scene, file.file.size, lambda: file.decompress(progress, views))
    return found, _told(file)


def _of_cube(scene: "Scene", original: Path, path: Path) -> "Evaluation":
    from btcnet_jax.codec.evaluation import evaluate_restored
    from data_pipeline.readers import read_scene

    restored = read_scene(path)
    with about(path):
        _require_alike(restored.values.shape, scene.values.shape, original)
        _warn_of_calibration(scene, restored, path)
        return evaluate_restored(scene, restored.values)


def evaluate_large(
    source: "SceneSource",
    original: Path,
    path: Path,
    arguments: argparse.Namespace,
    progress: "Progress",
) -> tuple["Evaluation", dict[str, Any]]:
    """The same of scenes that are not held.

    Args:
        source: the original, as it was asked for.
        original: its path.
        path: of the file, or the restored cube.
        arguments: of `evaluate`.
        progress: of decoding, or of reading.
    """
    from btcnet_jax.codec.evaluation import evaluate_lines
    from btcnet_jax.scene.gathering import scene_lines
    from data_pipeline.readers import open_scene

    if is_compressed(path):
        with about(path):
            file = opened_file(source, source.shape, path, arguments)
            stream = large_stream(file, path, progress, arguments.ensemble)
            found = evaluate_lines(source, stream.lines, file.file.size)
        return found, _told(file)
    refuse_limit_options(arguments)
    refuse_decoder_option(arguments)
    restored = open_scene(path)
    with about(path):
        _require_alike(restored.shape, source.shape, original)
        _warn_of_calibration(source, restored, path)

        def lines() -> "Iterator[np.ndarray]":
            for rows, part in scene_lines(restored):
                yield part.values
                progress(rows.stop, restored.shape[0])

        return evaluate_lines(source, lines()), {}


def opened_file(
    original: "SceneInfo", shape: tuple[int, ...], path: Path, arguments: argparse.Namespace
) -> "OpenFile":
    """A compressed file of a scene of this shape, about which nothing is said of how to code.

    Raises:
        ConfigError: it is of another shape, or something is said.
    """
    from btcnet_jax.codec import open_file
    from btcnet_jax.container.scene_sections import read_info
    from btcnet_jax.scene import SceneInfo

    for name in _OF_COMPRESSING:
        if getattr(arguments, name) is not None:
            raise ConfigError(
                f"--{name.replace('_', '-')} is of compressing, and {path} is compressed: leave it out"
            )
    file = open_file(path, arguments.model, limits_of(arguments), decoder=arguments.decoder)
    require_shape(shape, file.shape)
    _warn_of_calibration(original, SceneInfo(**read_info(file.file)), path)
    return file


def large_stream(
    file: "OpenFile", path: Path, progress: "Progress", ensemble: int | None = None
) -> "SceneStream":
    """The scene of a file some lines at a time; where its codec can only restore all of it, that is told."""
    stream = file.stream(progress, ensemble)
    if not stream.large:
        warn_of_holding(path, "a file without tiles is restored as a whole")
    return stream


def warn_of_holding(path: Path, why: str) -> None:
    """Say that a large scene is held in memory."""
    from btcnet_jax.errors import DataWarning

    warnings.warn(f"{path}: all of it is held in memory: {why}", DataWarning, stacklevel=2)


def _told(file: "OpenFile") -> dict[str, Any]:
    return {"model": file.codec.name, "fingerprint": file.codec.fingerprint.hex()}


def _require_alike(shape: tuple[int, ...], wanted: tuple[int, ...], original: Path) -> None:
    if shape != wanted:
        raise ConfigError(
            f"{_shape(shape)} samples, but {original} has"
            f" {_shape(wanted)}: of two cubes the second is measured against the first;"
            f" to compress both, say how (--bpppb 0.1)"
        )


def _warn_of_calibration(scene: "SceneInfo", other: "SceneInfo", path: Path) -> None:
    """Where samples of the two stand for other physical values, figures of samples say little."""
    from btcnet_jax.errors import DataWarning
    from btcnet_jax.scene.calibration import calibration_difference

    if words := calibration_difference(scene, other):
        text = (
            f"{path}: the original and it differ in {words}: samples are compared as they are stored, not as"
            f" physical values"
        )
        warnings.warn(text, DataWarning, stacklevel=2)


def require_shape(wanted: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Raise `ConfigError` where a file is of another shape than the scene."""
    if shape != wanted:
        raise ConfigError(
            f"it is of {_shape(shape)} samples, the original has {_shape(wanted)}: name the cube"
            f" that it was made of (with its --axes, where these were named)"
        )


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
