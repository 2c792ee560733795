"""Values of a scene that look as if some of them were no data though nothing says so."""

import warnings

import numpy as np
from jaxtyping import Int, Num

from btcnet_jax.errors import DataWarning
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.window import read_window

# The range is suspicious where it is so many times what nearly all samples stay within.
_TIMES, _NEARLY_ALL = 1000, 99.9
# Values that commonly mark samples without data, and are suspicious from such a share of them on.
_MARKS, _SHARE = (-9999, -999, -32768, -32767), 1e-3
_SAMPLES = 1 << 20  # How many are looked at; the range is that of all.
_LINES = 32  # Of a scene on disk.


def warn_of_range(scene: Scene, name: str) -> None:
    """Warns of a range a thousand times what 99.9 % of the samples stay within, and of a common mark below all.

    The ends of the range do not count among these samples: a value that marks missing ones, and that nobody
    declared, may be that of any share of them.

    Args:
        scene: with whatever is declared as missing.
        name: what to call it in the message.

    Warns:
        DataWarning: names the range or the mark, and how to declare the value.
    """
    step = max(1, round((scene.values.size / _SAMPLES) ** (1 / 3)))
    lines = (slice(None, None, step),) * 2
    mask = None if scene.mask is None else scene.mask[lines]
    some = Scene(values=scene.values[lines], mask=mask, nodata=scene.nodata)
    _warn(BandExtremes.of_scene(scene), some, step, name)


def warn_of_source(source: SceneSource, extremes: BandExtremes, name: str) -> None:
    """The same of a scene on disk, of which some lines are read; `extremes` are of all its data."""
    rows, cols, bands = source.shape
    lines = np.unique(np.linspace(0, rows - 1, _LINES).astype(int))
    step = max(1, round((len(lines) * cols * bands / _SAMPLES) ** (1 / 2)))
    parts = [read_window(source, slice(line, line + 1), slice(None)) for line in lines.tolist()]
    values = np.concatenate([part.values[:, ::step] for part in parts])
    masks = [part.mask[:, ::step] for part in parts if part.mask is not None]
    mask = np.concatenate(masks) if masks else None
    _warn(extremes, Scene(values=values, mask=mask, nodata=source.nodata), step, name)


def _warn(extremes: BandExtremes, some: Scene, step: int, name: str) -> None:
    """Warns by some lines and columns of a scene, of which one band in `step` is looked at."""
    # A constant band is coded exactly, whatever its value.
    varying = np.flatnonzero(extremes.varies)
    if not varying.size:
        return
    low, high = extremes.low[varying].min().item(), extremes.high[varying].max().item()
    values = _some_data(some, varying[::step])
    inner = values[(values > low) & (values < high)].astype(np.float64)
    if not inner.size:
        return
    usual = float(np.percentile(np.abs(inner), _NEARLY_ALL))
    span = float(high) - float(low)
    if not span > _TIMES * usual > 0:
        if low in _MARKS and inner.min() > low / 2:
            _warn_of_mark(name, low, float(np.mean(values == low)))
        return
    far = low if abs(float(low)) > abs(float(high)) else high
    text = (
        f"{name}: values run from {low:g} to {high:g}, but {_NEARLY_ALL} % of those between stay within"
        f" {usual:.4g}: if {far:g} marks samples without data, say --nodata {far:g}, else they are coded as"
        f" data and spoil the rest"
    )
    warnings.warn(text, DataWarning, stacklevel=3)


def _warn_of_mark(name: str, mark: int | float, share: float) -> None:
    if share < _SHARE:
        return
    text = (
        f"{name}: {share:.2g} of the samples are {mark:g}, far below all others: if that marks samples without"
        f" data, say --nodata {mark:g} (in Python nodata={mark:g} of a Scene), else they are coded as data and"
        f" spoil the rest"
    )
    warnings.warn(text, DataWarning, stacklevel=3)


def _some_data(scene: Scene, bands: Int[np.ndarray, " some"]) -> Num[np.ndarray, " samples"]:
    """Samples of these bands that are data as far as anything says."""
    values = scene.values[..., bands]
    known = np.ones(values.shape, bool) if values.dtype.kind != "f" else np.isfinite(values)
    if scene.nodata is not None:
        known &= values != scene.nodata
    if scene.mask is not None:
        mask = scene.mask
        known &= mask[..., bands] if mask.ndim == 3 else mask[..., None]
    return values[known]
