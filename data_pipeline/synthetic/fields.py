"""Random fields of a plane: 1/f textures, level sets, distances."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy import fft


def fractal_field(
    rows: int, cols: int, slope: float, rng: np.random.Generator
) -> Float[ndarray, "{rows} {cols}"]:
    """Draw a Gaussian field whose power spectrum falls as 1 / frequency ** slope.

    Args:
        rows, cols: shape, any size from 1.
        slope: 0 is white noise, about 2 a natural texture, 4 smooth relief.
        rng: the random stream.

    Returns:
        float32 field, zero mean, unit variance where it has more than one value.

    Source: spectral synthesis, Voss, in "The Science of Fractal Images" (1988). Natural scenes
    have slopes near 2: Field, JOSA A 4 (1987).
    """
    # A wider plane than asked for, so that opposite borders do not match.
    tall, wide = (fft.next_fast_len(n + n // 4 + 8, real=True) for n in (rows, cols))
    vertical = fft.fftfreq(tall)[:, None]
    frequency = np.hypot(vertical, fft.rfftfreq(wide)[None]).astype(np.float32)
    frequency[0, 0] = np.inf
    spectrum = fft.rfft2(rng.standard_normal((tall, wide), dtype=np.float32))
    spectrum *= frequency ** np.float32(-0.5 * slope)
    field = fft.irfft2(spectrum, s=(tall, wide))[:rows, :cols]
    field = field - field.mean()
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def gradient(
    field: Float[ndarray, "rows cols"],
) -> tuple[Float[ndarray, "rows cols"], Float[ndarray, "rows cols"]]:
    """Return central differences along rows and columns; defined for a single row or column."""
    padded = np.pad(field, 1, mode="edge")
    down = 0.5 * (padded[2:, 1:-1] - padded[:-2, 1:-1])
    right = 0.5 * (padded[1:-1, 2:] - padded[1:-1, :-2])
    return down, right


def level_set(field: Float[ndarray, "rows cols"], share: float) -> Float[ndarray, "rows cols"]:
    """Return how much of each pixel the highest `share` of a field covers.

    Args:
        field: float32.
        share: fraction of the plane to cover, 0 to 1.

    Returns:
        float32 coverage in [0, 1]; fractional in pixels that the contour crosses.
    """
    if share <= 0:
        return np.zeros_like(field)
    excess = field - np.float32(np.quantile(field, 1 - min(share, 1.0)))
    # Excess over slope is the distance to the contour in pixels, to first order.
    return coverage(excess / np.maximum(np.hypot(*gradient(field)), np.float32(1e-6)))


def coverage(inside: Float[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
    """Turn the distance inside a border, in pixels, into the covered fraction of the pixel."""
    return np.clip(inside + np.float32(0.5), 0, 1).astype(np.float32)
