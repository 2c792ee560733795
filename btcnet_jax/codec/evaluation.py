"""How good a codec is on a scene: compress to the bytes of a file, restore from them alone, compare."""

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Num

from btcnet_jax.codec.interface import SceneCodec
from btcnet_jax.codec.target import Target
from btcnet_jax.metrics import Quality, bits_per_sample, measure_quality

# The published protocol measures patches of 256 x 256 pixels.
PATCH_SIDE = 256
_MEAN_FIGURES = ("psnr_db", "psnr_range_db", "sam_deg", "rmse")
_SUMMED_FIGURES = ("bands_left_out", "bands_exact", "bands_without_peak", "pixels_left_out")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """A cube through the codec, as one file.

    Attributes:
        file_bytes: size of the compressed file.
        bpppb: its bits per sample of the cube.
        encode_seconds, decode_seconds: wall time; compiling, once a cube's size, is not in it.
        quality: of the restored cube.
        restored: the cube read back from the file's bytes, (rows, cols, bands).
    """

    file_bytes: int
    bpppb: float
    encode_seconds: float
    decode_seconds: float
    quality: Quality
    restored: Num[np.ndarray, "rows cols bands"]

    def to_json(self) -> dict[str, Any]:
        """The figures, without the cube, ready for `json.dumps(..., allow_nan=False)`."""
        names = ("file_bytes", "bpppb", "encode_seconds", "decode_seconds")
        return {name: getattr(self, name) for name in names} | self.quality.to_json()


def evaluate_cube(
    codec: SceneCodec, cube: Num[np.ndarray, "rows cols bands"], target: Target | None = None
) -> Evaluation:
    """Compress, decompress and measure one cube.

    Args:
        codec: to measure.
        cube: as `Codec.compress` takes it.
        target: rate or level; the codec's own by default.

    Raises:
        CubeError: the cube cannot be compressed with this codec.
    """
    codec.prepare(*cube.shape[:2])
    started = time.perf_counter()
    data = codec.compress(cube, target)
    encoded = time.perf_counter()
    restored = codec.decompress(data).values
    decoded = time.perf_counter()
    return Evaluation(
        file_bytes=len(data),
        bpppb=bits_per_sample(len(data), *cube.shape),
        encode_seconds=encoded - started,
        decode_seconds=decoded - encoded,
        quality=measure_quality(cube, restored),
        restored=restored,
    )


def evaluate_published(
    codec: SceneCodec, cube: Num[np.ndarray, "rows cols bands"], target: Target | None = None
) -> dict[str, Any]:
    """The published protocol: patches of 256 x 256, a file each, figures averaged over patches.

    Args:
        codec, cube, target: as of `evaluate_cube`.

    Returns:
        A dict ready for JSON: means of PSNR, SAM and RMSE, the greatest error, sums of bytes,
        seconds and of what was left out, and every patch's own figures under `patches`.

    Raises:
        CubeError: a patch cannot be compressed with this codec, for instance a constant one.

    Source: BTC-Net V2 (IEEE 2026), evaluation protocol.
    """
    patches = [evaluate_cube(codec, patch, target).to_json() for patch in published_patches(cube)]
    outside = cube.shape[0] * cube.shape[1] - sum(patch["pixels"] for patch in patches)
    return mean_figures(patches) | {"pixels_outside_patches": outside, "patches": patches}


def published_patches(
    cube: Num[np.ndarray, "rows cols bands"],
) -> Iterator[Num[np.ndarray, "patch_rows patch_cols bands"]]:
    """Patches of 256 x 256 side by side from the top left; what is left at the edges is not measured.

    A scene smaller than a patch in one direction is taken whole in that direction.
    """
    rows, cols = (min(PATCH_SIDE, size) for size in cube.shape[:2])
    for top in range(0, cube.shape[0] - rows + 1, rows):
        for left in range(0, cube.shape[1] - cols + 1, cols):
            yield cube[top : top + rows, left : left + cols]


def mean_figures(evaluations: list[dict[str, Any]]) -> dict[str, Any]:
    """Several evaluations' figures as one; a figure that no evaluation has is None."""
    mean: dict[str, Any] = {"files": len(evaluations)}
    for name in ("file_bytes", "encode_seconds", "decode_seconds", *_SUMMED_FIGURES):
        mean[name] = sum(evaluation[name] for evaluation in evaluations)
    for name in ("bpppb", *_MEAN_FIGURES):
        present = [value for value in (e[name] for e in evaluations) if value is not None]
        mean[name] = float(np.mean(present)) if present else None
    mean["max_error"] = max(evaluation["max_error"] for evaluation in evaluations)
    return mean
