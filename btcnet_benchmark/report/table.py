"""Tables as the page's template takes them, and the best of a column."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from btcnet_benchmark.report.codec_styles import CodecStyle


@dataclass(kw_only=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: as shown.
        best: shown in bold.
        hint: a remark shown when pointed at; empty for none.
        words: set as words, to the left; numbers stand to the right.
        span: columns that it takes.
        codec: the codec whose mark stands before the text; None for no mark.
    """

    text: str
    best: bool = False
    hint: str = ""
    words: bool = False
    span: int = 1
    codec: CodecStyle | None = None


@dataclass(kw_only=True)
class Table:
    """A table with a line of column heads.

    Attributes:
        caption: what it shows.
        head: column heads.
        rows: cells, as many a row as there are heads, spans counted.
        notes: footnotes below.
    """

    caption: str
    head: list[str]
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)

    def has_words(self, column: int) -> bool:
        """Whether a column holds words, so that its head stands to the left."""
        whole = [row for row in self.rows if len(row) == len(self.head)]
        return bool(whole) and whole[0][column].words


def words(text: str) -> Cell:
    """A cell of words."""
    return Cell(text=text, words=True)


def codec_cell(style: CodecStyle) -> Cell:
    """The name of a codec with its mark."""
    return Cell(text=style.name, words=True, codec=style)


def mark_best(cells: Sequence[Cell], values: Sequence[float | None], *, greatest: bool) -> None:
    """Set the best of some cells in bold, all that read alike; where all do, none is best.

    Args:
        cells: what to mark.
        values: their figures; None takes no part.
        greatest: whether the greatest or the least is best.
    """
    known = [(value, cell) for cell, value in zip(cells, values, strict=True) if value is not None]
    if len({cell.text for _, cell in known}) < 2:
        return
    pick = max if greatest else min
    best = pick(known, key=lambda pair: pair[0])[1]
    for _, cell in known:
        cell.best = cell.text == best.text
