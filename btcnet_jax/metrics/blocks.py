"""Both cubes in small float64 pieces, checked: what the sums are taken over."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.errors import CubeError

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


def pairs_of_rows(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
) -> Iterator[tuple[Float64[np.ndarray, "pixels kept"], Float64[np.ndarray, "pixels kept"]]]:
    """Both cubes a few rows at a time, as (pixels, kept bands) in float64.

    Raises:
        CubeError: NaN or infinity in a kept band.
    """
    rows, cols, bands = original.shape
    step = max(1, _SAMPLES_AT_ONCE // (cols * bands))
    for start in range(0, rows, step):
        yield (
            _spectra(original[start : start + step], kept, "original"),
            _spectra(restored[start : start + step], kept, "restored"),
        )


def _spectra(
    block: Num[np.ndarray, "rows cols bands"], kept: Bool[np.ndarray, " bands"], name: str
) -> Float64[np.ndarray, "pixels kept"]:
    # Converted before any arithmetic: a difference of uint16 would wrap around.
    spectra = block.reshape(-1, block.shape[-1])[:, kept].astype(np.float64)
    if not np.isfinite(spectra).all():
        raise CubeError(
            f"the {name} cube holds NaN or infinity: leave such bands out with a band mask"
        )
    return spectra


def data_range(dtype: np.dtype) -> float | None:
    """Greatest minus least value of an integer dtype; None for floating point."""
    if dtype.kind == "f":
        return None
    info = np.iinfo(dtype)
    return float(int(info.max) - int(info.min))
