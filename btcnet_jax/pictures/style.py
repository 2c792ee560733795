"""One look for all pictures: colors, sizes of type, and quiet axes."""

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

INK = "#1f2933"
FAINT = "#66737f"
GRID = "#e3e7eb"
GAP = "#f0f2f4"
ACCENT = "#2a6fb0"
# Colors that stay apart for color-blind readers, on white and on a scene (Okabe and Ito, 2008).
CURVES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
MAP = "magma"

TITLE, LARGE, NORMAL, SMALL = 17.0, 12.0, 10.5, 9.0


def darker(color: str) -> tuple[float, float, float]:
    """A tone of a color that shows on top of it."""
    red, green, blue = to_rgb(color)
    return 0.5 * red, 0.5 * green, 0.5 * blue


def plain_axes(axes: Axes) -> None:
    """Light frame, readable ticks, no top and right line."""
    axes.tick_params(labelsize=SMALL, colors=FAINT, length=3, width=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=FAINT, linewidth=0.6)


def panel_title(axes: Axes, words: str) -> None:
    """A title at the upper left of a panel."""
    axes.set_title(words, loc="left", fontsize=NORMAL, weight="bold", color=INK, pad=6)


def plot_labels(axes: Axes, horizontal: str, vertical: str) -> None:
    """Axis labels and a light grid for a plot of curves."""
    axes.set_xlabel(horizontal, fontsize=SMALL, color=INK)
    axes.set_ylabel(vertical, fontsize=SMALL, color=INK, parse_math=False)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
