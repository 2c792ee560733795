"""A plot of curves, one for each codec, with a legend below: all plots of the page look so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from btcnet_benchmark.report.styles import CodecStyle
from btcnet_jax.pictures import style
from btcnet_jax.pictures.page import Page, shortened

# A phone shows a plot at two thirds of its size; the type is still readable then.
WIDTH = 5.4
HEIGHT, LEFT, RIGHT, TOP = 2.75, 0.78, 0.22, 0.42
_BELOW = 0.65
_LEGEND_ROW, _LEGEND_COLUMNS, _LONGEST_NAME = 0.21, 2, 26
_LONGEST_TITLE = 52
_SHORT = FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\u2212"))


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Values of one codec.

    Attributes:
        codec: whose; decides color and mark.
        x, y: as many of each; drawn in the order of x.
        joined: whether a line joins the points.
    """

    codec: CodecStyle
    x: Sequence[float]
    y: Sequence[float]
    joined: bool = True


@dataclass(frozen=True, kw_only=True)
class Plot:
    """What a plot shows.

    Attributes:
        title: above it.
        horizontal, vertical: what the axes say.
        curves: at least one with a point.
        log_x: whether the horizontal axis is logarithmic; all x are above zero then.
        log_y: whether the vertical axis is logarithmic; all y are above zero then.
        ticks: where the horizontal axis has ticks; empty to choose.
        tick_names: what to write there instead of the value.
        level: a value drawn as a dashed line across; None for none.
        level_name: what this line is, for the legend.
    """

    title: str
    horizontal: str
    vertical: str
    curves: Sequence[Curve]
    log_x: bool = True
    log_y: bool = False
    ticks: Sequence[float] = field(default_factory=tuple)
    tick_names: Mapping[float, str] = field(default_factory=dict)
    level: float | None = None
    level_name: str = ""


def draw(plot: Plot) -> Figure:
    """The plot as a figure, as wide as `WIDTH`, in inches."""
    entries = len(plot.curves) + (plot.level is not None)
    page = Page(WIDTH, TOP + HEIGHT + legend_height(entries))
    axes = page.axes(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT)
    for curve in plot.curves:
        _draw_curve(axes, curve)
    if plot.level is not None:
        axes.axhline(plot.level, color=style.FAINT, lw=1.2, ls="--", label=plot.level_name)
    _horizontal(axes, plot)
    finish(axes, plot.title, plot.horizontal, plot.vertical)
    if plot.log_y:
        _logarithmic_y(axes, plot)
    add_legend(page)
    return page.figure


def finish(axes: Axes, title: str, horizontal: str, vertical: str) -> None:
    """Title, labels, grid and short numbers; the title is never read as mathematics."""
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(_SHORT)
    words = shortened(title, _LONGEST_TITLE)
    axes.set_title(words, loc="left", fontsize=style.NORMAL, color=style.INK, parse_math=False)
    style.plot_labels(axes, horizontal, vertical)


def _draw_curve(axes: Axes, curve: Curve) -> None:
    order = np.argsort(curve.x, kind="stable")
    axes.plot(
        np.array(curve.x)[order],
        np.array(curve.y)[order],
        color=curve.codec.color,
        marker=curve.codec.mark,
        ls="-" if curve.joined and len(order) > 1 else "none",
        lw=1.6,
        ms=5.5,
        mec="white",
        mew=0.6,
        label=legend_name(curve.codec),
    )


def _horizontal(axes: Axes, plot: Plot) -> None:
    places = np.concatenate([curve.x for curve in plot.curves])
    low, high = float(places.min()), float(places.max())
    if plot.log_x:
        axes.set_xscale("log")
        # One rate alone has no extent; a tenth more on either side is room for its mark.
        spare = max((high / low) ** 0.06, 1.1)
        axes.set_xlim(low / spare, high * spare)
        axes.xaxis.set_minor_locator(NullLocator())
    ticks = _apart(plot.ticks or _round_numbers(low, high) if plot.log_x else (), axes)
    axes.xaxis.set_major_locator(FixedLocator(ticks) if ticks else MaxNLocator(6))
    names = {tick: plot.tick_names.get(tick, f"{tick:g}") for tick in ticks}
    named = FuncFormatter(lambda value, _: names.get(value, f"{value:g}"))
    axes.xaxis.set_major_formatter(named if plot.tick_names else _SHORT)


def _logarithmic_y(axes: Axes, plot: Plot) -> None:
    places = np.concatenate([curve.y for curve in plot.curves])
    low, high = float(places.min()), float(places.max())
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(FixedLocator(_round_numbers(low, high)))
    axes.yaxis.set_major_formatter(_SHORT)


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten between the ends; both ends where too few are."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [value for value in found if low <= value <= high]
    return inside if len(inside) > 1 else sorted({low, high})


def _apart(ticks: Sequence[float], axes: Axes) -> list[float]:
    """The ticks whose numbers do not run into the one before."""
    low, high = np.log10(axes.get_xlim()) if ticks else (0.0, 1.0)
    kept: list[float] = []
    for tick in ticks:
        if not kept or np.log10(tick / kept[-1]) > 0.1 * (high - low):
            kept.append(tick)
    return kept


def legend_height(entries: int) -> float:
    """Inches below the axes that their labels and a legend of so many entries take."""
    return _BELOW + -(-entries // _LEGEND_COLUMNS) * _LEGEND_ROW


def add_legend(page: Page) -> None:
    """The legend of the page's axes along its lower edge; names are never read as mathematics."""
    handles, labels = page.figure.axes[0].get_legend_handles_labels()
    legend = page.figure.legend(
        handles,
        [shortened(label, _LONGEST_NAME) for label in labels],
        loc="lower left",
        bbox_to_anchor=(0.1 / page.width, 0.0),
        ncols=_LEGEND_COLUMNS,
        frameon=False,
        fontsize=style.SMALL,
        labelcolor=style.INK,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def legend_name(codec: CodecStyle) -> str:
    """The codec's name as a label; matplotlib leaves names that begin with an underscore out."""
    return "\u200b" + codec.name if codec.name.startswith("_") else codec.name
