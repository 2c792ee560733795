"""A page measured in inches from its top left: nothing is moved afterwards, so nothing overlaps."""

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from btcnet_jax.pictures import style

MARGIN = 0.5
_FACT_HEIGHT = 0.52
_TITLE_HEIGHT = 0.36


class Page:
    """A figure of fixed size in inches, filled from the top.

    Args:
        width: inches.
        height: inches.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), facecolor="white")

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place given in inches from the top left corner."""
        bottom = 1 - (top + height) / self.height
        axes = self.figure.add_axes(
            (left / self.width, bottom, width / self.width, height / self.height)
        )
        style.plain_axes(axes)
        return axes

    def text(self, left: float, baseline: float, words: str, **look: Any) -> None:
        """Words whose first letter stands at a place in inches; never read as mathematics."""
        place = (left / self.width, 1 - baseline / self.height)
        self.figure.text(*place, words, va="baseline", parse_math=False, **look)

    def heading(self, title: list[str], facts: list[list[tuple[str, str, float]]]) -> None:
        """The title's lines and the rows of facts, as `title_lines` and `fact_rows` give them."""
        top = MARGIN - 0.1
        for line in title:
            self.text(MARGIN, top + 0.2, line, fontsize=style.TITLE, weight="bold", color=style.INK)
            top += _TITLE_HEIGHT
        for row in facts:
            for name, value, left in row:
                self.text(left, top + 0.15, name, fontsize=style.SMALL, color=style.FAINT)
                self.text(left, top + 0.36, value, fontsize=style.LARGE, color=style.INK)
            top += _FACT_HEIGHT


def heading_height(title: list[str], facts: list[list[tuple[str, str, float]]]) -> float:
    """Inches from the top of the page to the end of its heading."""
    return MARGIN - 0.1 + _TITLE_HEIGHT * len(title) + _FACT_HEIGHT * len(facts)


def title_lines(title: str, width: float) -> list[str]:
    """The title broken to the width of the page."""
    letters = int((width - 2 * MARGIN) / _letter(style.TITLE))
    return textwrap.wrap(title, letters)


def fact_rows(facts: dict[str, str], width: float) -> list[list[tuple[str, str, float]]]:
    """Facts as rows of (name, value, left in inches), as many on a row as fit."""
    rows: list[list[tuple[str, str, float]]] = []
    left = width
    for name, value in facts.items():
        room = width - 2 * MARGIN
        name = shortened(" ".join(name.split()), int(room / _letter(style.SMALL)))
        value = shortened(" ".join(value.split()), int(room / _letter(style.LARGE)))
        wide = max(_width(name, style.SMALL), _width(value, style.LARGE))
        if left + wide > width - MARGIN:
            rows.append([])
            left = MARGIN
        rows[-1].append((name, value, left))
        left += wide + 0.32
    return rows


def _width(words: str, size: float) -> float:
    """Inches that the words take."""
    width, _, _ = text_to_path.get_text_width_height_descent(
        words, FontProperties(size=size), ismath=False
    )
    return width / 72


def _letter(size: float) -> float:
    """Inches that a letter of the sans serif takes on average, rounded up."""
    return 0.66 * size / 72


def shortened(words: str, longest: int) -> str:
    """The words, cut in their middle to so many letters; the ends of names tell most."""
    if len(words) <= longest:
        return words
    return f"{words[: longest // 2]}…{words[len(words) - (longest - 1) // 2 :]}"
