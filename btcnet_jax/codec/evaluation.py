"""How good a codec is on a scene: compress to the bytes of a file, restore from them alone, compare."""

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.codec.interface import SceneCodec
from btcnet_jax.codec.target import Target
from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import (
    Quality,
    QualityAccumulator,
    bits_per_sample,
    counting_missing,
    mean_figures,
    measure_quality,
)
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene, SceneSource
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.gathering import gather_facts
from btcnet_jax.scene.stream import SceneStream
from btcnet_jax.scene.suspicion import warn_of_source
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.window import read_window, window

# The published protocol measures patches of 256 x 256 pixels.
PATCH_SIDE = 256

_Cube = Scene | Num[np.ndarray, "rows cols bands"]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """A cube through the codec, as one file.

    Attributes:
        file_bytes: size of the compressed file; None of a restored cube whose file is not at hand.
        bpppb: its bits per sample of the cube, the missing ones included.
        encode_seconds, decode_seconds: wall time; compiling, once a cube's size, is not in it. None of what was
            done before.
        quality: of the restored cube, in the samples that are valid in the original.
        restored: the cube read back from the file's bytes, (rows, cols, bands); None of one that was not held.
    """

    file_bytes: int | None
    bpppb: float | None
    encode_seconds: float | None
    decode_seconds: float | None
    quality: Quality
    restored: Num[np.ndarray, "rows cols bands"] | None

    def to_json(self) -> dict[str, Any]:
        """The figures, without the cube, ready for `json.dumps(..., allow_nan=False)`."""
        names = ("file_bytes", "bpppb", "valid_share", "encode_seconds", "decode_seconds")
        return {name: getattr(self, name) for name in names} | self.quality.to_json()

    @property
    def valid_share(self) -> float:
        """Valid samples out of all samples of the cube, 0 to 1."""
        return self.quality.valid_share


def evaluate_cube(codec: SceneCodec, scene: _Cube, target: Target | None = None) -> Evaluation:
    """Compress, decompress and measure one scene.

    Args:
        codec: to measure.
        scene: as `Codec.compress` takes it. What `Scene.valid` calls missing is not measured; of
            samples alone, these are NaN and infinity.
        target: rate or level; the codec's own by default.

    Raises:
        CubeError: the scene cannot be compressed with this codec, or none of its samples is valid.
    """
    scene = _scene(scene)
    codec.prepare(*scene.values.shape[:2])
    started = time.perf_counter()
    data = codec.compress(scene, target)
    seconds = time.perf_counter() - started
    return dataclasses.replace(evaluate_file(codec, scene, data), encode_seconds=seconds)


def evaluate_file(
    codec: SceneCodec, scene: _Cube, data: bytes, progress: Progress | None = None
) -> Evaluation:
    """Decompress a file and measure it against the scene that it was made of; nothing is compressed.

    Args:
        codec: that wrote the file.
        scene: the original.
        data: the file.
        progress: of decompressing.

    Raises:
        CubeError: the file is of a scene of another shape, or no sample of this one is valid.
        FileFormatError, ModelMismatchError: as of `Codec.decompress`.
    """
    return evaluate_decoding(scene, len(data), lambda: codec.decompress(data, progress))


def evaluate_decoding(scene: _Cube, file_bytes: int, decode: Callable[[], Scene]) -> Evaluation:
    """Measure what decoding a file gives, and how long it takes.

    Args:
        scene: the original.
        file_bytes: of the file.
        decode: gives the restored scene; its errors pass.

    Raises:
        CubeError: as of `evaluate_restored`.
    """
    started = time.perf_counter()
    restored = decode().values
    seconds = time.perf_counter() - started
    return dataclasses.replace(
        evaluate_restored(scene, restored),
        file_bytes=file_bytes,
        bpppb=bits_per_sample(file_bytes, *restored.shape),
        decode_seconds=seconds,
    )


def evaluate_restored(scene: _Cube, restored: Num[np.ndarray, "rows cols bands"]) -> Evaluation:
    """Measure a restored cube against its original; nothing is compressed or decompressed.

    Raises:
        CubeError: the two are not of one shape, the restored one lacks what is valid in the original, or
            no sample of that is.
    """
    scene = _scene(scene)
    return Evaluation(
        file_bytes=None,
        bpppb=None,
        encode_seconds=None,
        decode_seconds=None,
        quality=measure_quality(scene.values, restored, valid=scene.valid()),
        restored=restored,
    )


def evaluate_lines(
    source: SceneSource,
    lines: Iterable[Num[np.ndarray, "some cols bands"]],
    file_bytes: int | None = None,
) -> Evaluation:
    """Measure a scene that is restored some lines at a time, neither it nor its original held.

    Args:
        source: the original, which is read twice.
        lines: of the restored scene, from the first to the last.
        file_bytes: of its file; None where that is not at hand.

    Raises:
        CubeError: as of `evaluate_restored`.
        DataError: the original cannot be read.

    Warns:
        DataWarning: of an original whose range looks as if a value marked missing ones.
    """
    gathered = gather_facts(source)
    warn_of_source(source, gathered.extremes, source.name or "the scene")
    present = present_bands(gathered.facts)
    if not present.any():
        raise CubeError("no sample is valid: there is nothing to measure")
    seconds = 0.0

    def timed() -> Iterator[np.ndarray]:
        nonlocal seconds
        groups = iter(lines)
        while True:
            started = time.perf_counter()
            group = next(groups, None)
            seconds += time.perf_counter() - started
            if group is None:
                return
            yield group

    quality = _measured(source, timed(), present)
    rows, cols, bands = source.shape
    return Evaluation(
        file_bytes=file_bytes,
        bpppb=None if file_bytes is None else bits_per_sample(file_bytes, rows, cols, bands),
        encode_seconds=None,
        decode_seconds=None if file_bytes is None else seconds,
        quality=quality,
        restored=None,
    )


def measure_stream(
    source: SceneSource, stream: SceneStream, present: Bool[np.ndarray, " bands"]
) -> Quality:
    """The quality of a scene that is restored some lines at a time; its original is read likewise.

    Args:
        source: the original.
        stream: the restored scene.
        present: False for bands without any data.

    Raises:
        CubeError: no sample is data.
        DataError: the original cannot be read.
    """
    return _measured(source, stream.lines, present)


def _measured(
    source: SceneSource, lines: Iterable[np.ndarray], present: Bool[np.ndarray, " bands"]
) -> Quality:
    sums, row = QualityAccumulator(None if present.all() else present), 0
    for group in lines:
        part = read_window(source, slice(row, row + len(group)), slice(None))
        plain = Scene(values=part.values, mask=part.mask, nodata=source.nodata)
        sums.update(part.values, group, valid=plain.valid())
        row += len(group)
    return counting_missing(sums.result(), int((~present).sum()))


def present_bands(facts: SceneFacts) -> Bool[np.ndarray, " bands"]:
    """False for bands without any data."""
    if facts.missing is None:
        return np.ones(facts.shape[2], bool)
    some = np.logical_not((facts.missing.planes > 0).all(axis=(1, 2)))
    return np.asarray(some[facts.missing.plane_of_band])


def evaluate_published(
    codec: SceneCodec, scene: _Cube | SceneSource, target: Target | None = None
) -> dict[str, Any]:
    """The published protocol: patches of 256 x 256, a file each, figures averaged over patches.

    A patch without a valid sample is not measured, nor is one with missing samples whose others are
    all equal: a file of it would say nothing of the codec.

    Args:
        codec, scene, target: as of `evaluate_cube`; of a scene on disk a patch at a time is read.

    Returns:
        A dict ready for JSON: means of PSNR, SAM and RMSE, the greatest error, sums of bytes,
        seconds and of what was left out, how many patches were not measured (`patches_missing`),
        and every other patch's own figures under `patches`. Figures are None where there is no patch
        to measure.

    Raises:
        CubeError: a patch cannot be compressed with this codec, for instance a constant one.

    Source: BTC-Net V2 (IEEE 2026), evaluation protocol.
    """
    patches: list[dict[str, Any]] = []
    missing, outside = 0, math.prod(_shape(scene)[:2])
    for patch in published_patches(scene):
        outside -= math.prod(patch.values.shape[:2])
        extremes = BandExtremes.of_scene(patch)
        if extremes.samples.sum() < patch.values.size and not extremes.spans():
            missing += 1
        else:
            patches.append(evaluate_cube(codec, patch, target).to_json())
    left_out = {"pixels_outside_patches": outside, "patches_missing": missing}
    return mean_figures(patches) | left_out | {"patches": patches}


def published_patches(scene: _Cube | SceneSource) -> Iterator[Scene]:
    """Patches of 256 x 256 side by side from the top left; what is left at the edges is not measured.

    A scene smaller than a patch in one direction is taken whole in that direction.
    """
    sizes = _shape(scene)[:2]
    rows, cols = (min(PATCH_SIDE, size) for size in sizes)
    for top in range(0, sizes[0] - rows + 1, rows):
        for left in range(0, sizes[1] - cols + 1, cols):
            place = slice(top, top + rows), slice(left, left + cols)
            if isinstance(scene, SceneSource):
                yield read_window(scene, *place)
            else:
                yield window(_scene(scene), *place)


def _scene(scene: _Cube) -> Scene:
    return scene if isinstance(scene, Scene) else Scene(values=scene)


def _shape(scene: _Cube | SceneSource) -> tuple[int, ...]:
    return scene.values.shape if isinstance(scene, Scene) else scene.shape
