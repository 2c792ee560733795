"""Quality and spectra band by band, all codecs in one plot."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Num
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.plots import (
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    add_legend,
    finish,
    legend_height,
    legend_name,
)
from btcnet_jax.pictures import style
from btcnet_jax.pictures.page import Page
from btcnet_jax.pictures.spectral_axis import SpectralAxis

_DIFFERENCE_HEIGHT, _BETWEEN = 1.1, 0.15
_Curves = Sequence[tuple[CodecStyle, Num[np.ndarray, " bands"]]]


def band_psnr_figure(axis: SpectralAxis, curves: _Curves) -> Figure:
    """PSNR of each band, dB, for each codec; NaN and the bands that the axis hides are gaps."""
    page = Page(WIDTH, TOP + HEIGHT + legend_height(len(curves)))
    axes = page.axes(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT)
    _draw_curves(axes, axis, curves)
    finish(axes, "PSNR of each band", axis.label, "PSNR (dB)")
    add_legend(page)
    return page.figure


def spectra_figure(
    title: str, axis: SpectralAxis, original: Num[np.ndarray, " bands"], curves: _Curves
) -> Figure:
    """A pixel's spectrum as it was and as each codec restored it; below, what is wrong with it.

    Args:
        title: which pixel.
        axis: where the bands stand; the bands that it hides are gaps.
        original: the spectrum, any real dtype.
        curves: codecs and the restored spectra, in the same unit.
    """
    below = _BETWEEN + _DIFFERENCE_HEIGHT
    page = Page(WIDTH, TOP + HEIGHT + below + legend_height(len(curves) + 1))
    axes = page.axes(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT)
    difference = page.axes(LEFT, TOP + HEIGHT + _BETWEEN, WIDTH - LEFT - RIGHT, _DIFFERENCE_HEIGHT)
    at, values = axis.curve(original)
    axes.plot(at, values, _marker(axis), color=style.INK, alpha=0.35, lw=4.0, label="original")
    _draw_curves(axes, axis, curves)
    reference = original.astype(np.float64)
    _draw_curves(difference, axis, [(codec, values - reference) for codec, values in curves])
    finish(axes, title, "", "Value")
    axes.tick_params(labelbottom=False)
    finish(difference, "", axis.label, "Restored − original")  # noqa: RUF001
    difference.yaxis.set_major_locator(MaxNLocator(3))
    add_legend(page)
    return page.figure


def psnr_of_bands(values: list[float | None], bands: int) -> Float64[np.ndarray, " bands"]:
    """PSNR of each band in dB as a curve takes it: NaN where there is none, all NaN if not given."""
    if len(values) != bands:
        return np.full(bands, np.nan)
    figures = np.array([np.nan if value is None else value for value in values], np.float64)
    return np.where(np.isfinite(figures), figures, np.nan)


def _draw_curves(axes: Axes, axis: SpectralAxis, curves: _Curves) -> None:
    for codec, values in curves:
        at, curve = axis.curve(values)
        axes.plot(at, curve, _marker(axis), color=codec.color, lw=1.2, label=legend_name(codec))
    axis.scale(axes)


def _marker(axis: SpectralAxis) -> str:
    return ".-" if axis.shows_marks else "-"
