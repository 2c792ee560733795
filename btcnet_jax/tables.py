"""Tables of results, for the terminal and for a log file alike."""

import io
import itertools
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_MISSING = "-"
# A file has no width: wide enough that nothing is cut or broken.
_FILE_WIDTH = 10_000
# Of the table's own: beside a cell, and once more. Of words so many characters stay on one line.
_PADDING, _EDGES = 3, 1
_WORDS = 24


class _Console(Console):
    """Whose reader may go (`| head`) without rich's own exit status, 1, which says something else here."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise BrokenPipeError, which rich has caught."""
        raise BrokenPipeError


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table of results.

    Attributes:
        key: where each row holds its value.
        name: what the heading says.
        unit: of the values, in parentheses after the name; empty for none.
        digits: decimals of the numbers; None prints them as they are.
    """

    key: str
    name: str
    unit: str = ""
    digits: int | None = None


def print_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    title: str = "",
    file: io.TextIOWrapper | io.StringIO | None = None,
) -> None:
    """Print rows as a table: numbers at the right with their points aligned, words at the left.

    Outside a terminal the table is plain text, as wide as it needs to be, or as the variable COLUMNS says.
    Where that is too narrow for a few rows they become columns; more of them become several tables, one below
    the other, that share their first columns of words. No number is broken.

    Args:
        rows: one mapping a row; a missing value, None or NaN is printed as `-`.
        columns: what to print of each row, in order.
        title: printed above; empty for none.
        file: where to print; standard output if None.
    """
    out = sys.stdout if file is None else file
    terminal = out.isatty()
    # Said outright, or FORCE_COLOR in the environment would put escape codes into log files.
    console = _Console(
        file=out,
        color_system="auto" if terminal else None,
        width=None if terminal or os.environ.get("COLUMNS") else _FILE_WIDTH,
    )
    parts = _parts(rows, columns, console.width)
    if len(parts) > 1 and (turned := _turned(rows, columns, title, console.width)):
        console.print(turned)
        return
    for number, part in enumerate(parts):
        console.print(_table(rows, part, title if number == 0 else "", console.width))


def _turned(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str, width: int
) -> Table | None:
    """The table on its side, a column for each row, where that fits without breaking a word."""
    cells = [_cells(rows, column) for column in columns]
    widths = [max(map(cell_len, words)) for words in zip(*cells, strict=True)]
    if _EDGES + sum(wide + _PADDING for wide in widths) > width:
        return None
    first, *others = cells
    table = Table(box=box.SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left")
    table.add_column(Text(first[0]), no_wrap=True)
    for name in first[1:]:
        table.add_column(Text(name), justify="right", no_wrap=True)
    for words in others:
        table.add_row(*map(Text, words))
    return table


def _parts(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], width: int
) -> list[list[Column]]:
    """The columns in groups that fit beside each other, each behind the first columns of words."""
    shared = list(itertools.takewhile(lambda column: not _has_numbers(rows, column), columns))
    if len(shared) == len(columns):
        shared = []
    parts, used = [[*shared]], 0
    first = _EDGES + sum(_least_width(rows, column) + _PADDING for column in shared)
    for column in columns[len(shared) :]:
        needed = _least_width(rows, column) + _PADDING
        if len(parts[-1]) > len(shared) and first + used + needed > width:
            parts.append([*shared])
            used = 0
        parts[-1].append(column)
        used += needed
    return parts


def _table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str, width: int
) -> Table:
    # Text objects, for square brackets in a name are not markup.
    table = Table(box=box.SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left")
    # Said outright, for rich would break numbers as soon as names.
    widths = _widths(rows, columns, width)
    for column, wide in zip(columns, widths, strict=True):
        justify: Literal["right", "left"] = "right" if _has_numbers(rows, column) else "left"
        table.add_column(Text(_heading(column)), justify=justify, overflow="fold", width=wide)
    for row in rows:
        table.add_row(*(Text(_words(row.get(column.key), column.digits)) for column in columns))
    return table


def _widths(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], width: int) -> list[int]:
    """Of each column: all of it where there is room, else what is left goes to those from the left on."""
    wanted = [_longest(rows, column) for column in columns]
    widths = [_least_width(rows, column) for column in columns]
    left = width - _EDGES - sum(wide + _PADDING for wide in widths)
    for index, most in enumerate(wanted):
        more = max(min(most - widths[index], left), 0)
        widths[index] += more
        left -= more
    return widths


def _heading(column: Column) -> str:
    return f"{column.name} ({column.unit})" if column.unit else column.name


def _has_numbers(rows: Sequence[Mapping[str, Any]], column: Column) -> bool:
    return any(_is_number(row.get(column.key)) for row in rows)


def _cells(rows: Sequence[Mapping[str, Any]], column: Column) -> list[str]:
    return [_heading(column), *(_words(row.get(column.key), column.digits) for row in rows)]


def _longest(rows: Sequence[Mapping[str, Any]], column: Column) -> int:
    """Of cells whose words stay on one line."""
    return max(map(cell_len, _cells(rows, column)))


def _least_width(rows: Sequence[Mapping[str, Any]], column: Column) -> int:
    """What a column needs: of numbers the longest word, and of others what is to stay on one line."""
    if not _has_numbers(rows, column):
        return min(_longest(rows, column), _WORDS)
    return max(cell_len(word) for cell in _cells(rows, column) for word in cell.split())


def _words(value: Any, digits: int | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _MISSING
    return str(value) if digits is None or not _is_number(value) else f"{value:,.{digits}f}"


def _is_number(value: Any) -> bool:
    """Numbers of Python and numpy; a bool is a word."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return False
    return not math.isnan(float(value))
