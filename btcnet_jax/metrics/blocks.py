"""Both cubes in small float64 pieces, checked: what the sums are taken over."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.errors import CubeError

Pair = tuple[
    Float64[np.ndarray, "pixels kept"],
    Float64[np.ndarray, "pixels kept"],
    Float64[np.ndarray, "pixels kept"] | None,
    Bool[np.ndarray, "pixels kept"] | None,
]
"""Spectra of both cubes; of integers of 64 bits how far they are apart, for float64 does not hold them all; and
which of their samples are valid, None where all are."""

# Samples turned into float64 at a time: 16 MiB, so a large block costs no large copies.
_SAMPLES_AT_ONCE = 1 << 21


def check_pair(original: np.ndarray, restored: np.ndarray) -> None:
    """Raise CubeError unless both are real cubes (rows, cols, bands) of one shape with samples.

    Shapes are not annotated: arrays of any shape are what it is there to judge.
    """
    if original.ndim != 3 or original.size == 0:
        raise CubeError(f"a cube has samples in (rows, cols, bands), not shape {original.shape}")
    if original.shape != restored.shape:
        raise CubeError(f"the original is {original.shape}, but the restored is {restored.shape}")
    for cube in (original, restored):
        if cube.dtype.kind not in "iuf":
            raise CubeError(f"a cube holds real numbers, not {cube.dtype}")


def valid_samples(
    valid: Bool[np.ndarray, "..."] | None, shape: tuple[int, int, int]
) -> Bool[np.ndarray, "rows cols bands"] | None:
    """A mask of samples from one of samples or of pixels.

    Raises:
        CubeError: it is not boolean, or of another shape than the cube's or its pixels'.
    """
    if valid is None:
        return None
    if valid.dtype != np.bool_ or valid.shape not in (shape, shape[:2]):
        raise CubeError(
            f"the mask of valid samples is {valid.dtype} {valid.shape}: it must be bool and of the"
            f" cube's shape {shape} or of its pixels' {shape[:2]}"
        )
    return np.broadcast_to(valid if valid.ndim == 3 else valid[..., None], shape)


def pairs_of_rows(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> Iterator[Pair]:
    """Both cubes a few rows at a time, as (pixels, kept bands) in float64.

    Args:
        original, restored: the cubes.
        kept: True for the bands to give.
        valid: True for samples that are data; None where all are.

    Yields:
        As `Pair`: where all samples are valid such rows are summed as those of a cube without missing samples.
        What is not valid is 0 in both.

    Raises:
        CubeError: a valid sample of a kept band is NaN or infinite.
    """
    rows, cols, bands = original.shape
    step = max(1, _SAMPLES_AT_ONCE // (cols * bands))
    for start in range(0, rows, step):
        part = slice(start, start + step)
        data = None if valid is None else valid[part].reshape(-1, bands)[:, kept]
        if data is not None and data.all():
            data = None
        yield (
            _spectra(original[part], kept, data, "original"),
            _spectra(restored[part], kept, data, "restored"),
            _apart(original[part], restored[part], kept, data),
            data,
        )


def _spectra(
    block: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "pixels kept"] | None,
    name: str,
) -> Float64[np.ndarray, "pixels kept"]:
    # Converted before any arithmetic: a difference of uint16 would wrap around.
    spectra = block.reshape(-1, block.shape[-1])[:, kept].astype(np.float64)
    if valid is not None:
        spectra[~valid] = 0
    if not np.isfinite(spectra).all():
        raise CubeError(
            f"the {name} cube holds NaN or infinity: leave such bands out with a band mask, or such"
            " samples with a mask of valid samples"
        )
    return spectra


def _apart(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "pixels kept"] | None,
) -> Float64[np.ndarray, "pixels kept"] | None:
    if (
        original.dtype.kind == "f"
        or original.dtype.itemsize < 8
        or original.dtype != restored.dtype
    ):
        return None
    apart = distances(original, restored).reshape(-1, original.shape[-1])[:, kept]
    return np.where(True if valid is None else valid, apart, 0).astype(np.float64)


def distances(one: Num[np.ndarray, "..."], other: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
    """How far two arrays are apart: of integers exactly, in uint64; of floats in float64."""
    if one.dtype.kind != "f" and other.dtype.kind != "f" and one.dtype == other.dtype:
        low, high = np.minimum(one, other), np.maximum(one, other)
        return high.astype(np.uint64) - low.astype(np.uint64)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.abs(one.astype(np.float64) - other.astype(np.float64))


def data_range(dtype: np.dtype) -> float | None:
    """Greatest minus least value of an integer dtype; None for floating point."""
    if dtype.kind == "f":
        return None
    info = np.iinfo(dtype)
    return float(int(info.max) - int(info.min))
