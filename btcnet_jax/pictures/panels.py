"""The panels of a comparison: images with their scale below, and curves over the bands."""

import matplotlib
import numpy as np
from jaxtyping import Float64, Int, Num
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from btcnet_jax.metrics import Quality
from btcnet_jax.pictures import style
from btcnet_jax.pictures.maps import map_top
from btcnet_jax.pictures.page import Page
from btcnet_jax.pictures.spectral_axis import SpectralAxis

_DASHES = (0, (3, 2))
_SHORT = FuncFormatter(lambda value, _: f"{value:g}")


def draw_image(
    axes: Axes, picture: Float64[np.ndarray, "..."], extent: tuple[int, int]
) -> AxesImage:
    """An RGB picture or a map, filling its axes; coordinates are those of the whole scene.

    Args:
        axes: shaped like the scene.
        picture: (rows, cols, 3) in 0..1, or (rows, cols), NaN shown in gray.
        extent: rows and columns of the whole scene.
    """
    rows, cols = extent
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes.imshow(
        picture,
        extent=(0, cols, rows, 0),
        aspect="auto",
        cmap=matplotlib.colormaps[style.MAP].with_extremes(bad=style.GRID),
        vmin=0.0,
        vmax=map_top(picture),
    )


def draw_scale(page: Page, image: AxesImage, place: tuple[float, float, float], words: str) -> None:
    """The color scale of a map, at (left, top, width) in inches, with its unit below."""
    left, top, width = place
    axes = page.axes(left, top, width, 0.11)
    data = image.get_array()
    _, top_value = image.get_clim()
    beyond = data is not None and bool(np.any(data > top_value))
    scale = page.figure.colorbar(
        image,
        cax=axes,
        orientation="horizontal",
        extend="max" if beyond else "neither",
        extendfrac=0.12 / width,
    )
    scale.outline.set_visible(False)
    scale.locator = MaxNLocator(4)
    scale.formatter = _SHORT
    scale.update_ticks()
    axes.tick_params(labelsize=style.SMALL, colors=style.FAINT, length=3, width=0.6)
    page.text(left, top + 0.47, words, fontsize=style.SMALL, color=style.FAINT)


def draw_picks(axes: Axes, picks: Int[np.ndarray, "picked 2"]) -> None:
    """Mark the pixels whose spectra are drawn, each in the color of its curve."""
    for (row, col), color in zip(picks, style.CURVES, strict=False):
        axes.plot(col + 0.5, row + 0.5, "o", ms=7, mfc=color, mec="white", mew=1.4, clip_on=False)


def draw_spectra(
    axes: Axes,
    axis: SpectralAxis,
    pairs: list[tuple[Num[np.ndarray, " bands"], Num[np.ndarray, " bands"]]],
    units: str,
) -> None:
    """Spectra of the picked pixels: the original solid, the restored dashed and darker."""
    marker = "o" if axis.shows_marks else ""
    for (original, restored), color in zip(pairs, style.CURVES, strict=False):
        axes.plot(*axis.curve(original), color=color, lw=1.5, marker=marker, ms=3)
        axes.plot(*axis.curve(restored), color=style.darker(color), lw=1.2, ls=_DASHES)
    _finish(axes, axis, "Spectra of the marked pixels", units)
    entries = [
        Line2D([], [], color=style.FAINT, lw=1.5, label="original"),
        Line2D([], [], color=style.INK, lw=1.0, ls=_DASHES, label="restored"),
    ]
    _legend(axes, axis, entries)


def draw_psnr(axes: Axes, axis: SpectralAxis, quality: Quality) -> None:
    """PSNR of every band and its mean; exact bands as marks at the top."""
    marker = "o" if axis.shows_marks else ""
    psnr = quality.psnr_per_band
    at, values = axis.curve(np.where(np.isfinite(psnr), psnr, np.nan))
    axes.plot(at, values, color=style.ACCENT, lw=1.5, marker=marker, ms=3)
    entries = []
    if quality.psnr_db is not None:
        mean = f"mean {quality.psnr_db:.2f} dB"
        entries.append(
            axes.axhline(quality.psnr_db, color=style.CURVES[1], lw=1.2, ls="--", label=mean)
        )
    exact = axis.positions[np.isposinf(psnr)]
    if exact.size:
        top = axes.get_xaxis_transform()
        height = np.full(len(exact), 0.96)
        entries += axes.plot(
            exact, height, "v", ms=5, color=style.CURVES[2], transform=top, label="exact"
        )
    _finish(axes, axis, "PSNR of each band", "PSNR (dB)")
    if quality.psnr_db is None:
        axes.set_yticks([])
        axes.text(
            0.5,
            0.5,
            "no band has a finite PSNR",
            transform=axes.transAxes,
            ha="center",
            fontsize=style.NORMAL,
            color=style.FAINT,
        )
    _legend(axes, axis, entries)


def _finish(axes: Axes, axis: SpectralAxis, title: str, vertical: str) -> None:
    axis.scale(axes)
    axes.yaxis.set_major_formatter(_SHORT)
    style.panel_title(axes, title)
    style.plot_labels(axes, axis.label, vertical)


def _legend(axes: Axes, axis: SpectralAxis, entries: list[Line2D]) -> None:
    """One line at the upper right, above the plot, where no curve is."""
    handles: list[Line2D | Patch] = [*entries]
    if not axis.shown.all():
        handles.append(Patch(color=style.GAP, label="left out"))
    if handles:
        axes.legend(
            handles=handles,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(handles),
            frameon=False,
            fontsize=style.SMALL,
            labelcolor=style.FAINT,
            borderaxespad=0.2,
            handlelength=1.8,
            columnspacing=1.2,
        )
