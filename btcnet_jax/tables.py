"""Tables of results, for the terminal and for a log file alike."""

import io
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_MISSING = "-"
# A file has no width: wide enough that nothing is cut or broken.
_FILE_WIDTH = 10_000


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

    Outside a terminal the table is plain text, as wide as it needs to be.

    Args:
        rows: one mapping a row; a missing value, None or NaN is printed as `-`.
        columns: what to print of each row, in order.
        title: printed above; empty for none.
        file: where to print; standard output if None.
    """
    out = sys.stdout if file is None else file
    terminal = out.isatty()
    # Said outright, or FORCE_COLOR in the environment would put escape codes into log files.
    console = Console(
        file=out,
        color_system="auto" if terminal else None,
        width=None if terminal else _FILE_WIDTH,
    )
    console.print(_table(rows, columns, title))


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str) -> Table:
    # Text objects, for square brackets in a name are not markup.
    table = Table(box=box.SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left")
    for column in columns:
        heading = f"{column.name} ({column.unit})" if column.unit else column.name
        numbers = any(_is_number(row.get(column.key)) for row in rows)
        table.add_column(Text(heading), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_words(row.get(column.key), column.digits)) for column in columns))
    return table


def _words(value: Any, digits: int | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _MISSING
    return str(value) if digits is None or not _is_number(value) else f"{value:,.{digits}f}"


def _is_number(value: Any) -> bool:
    """Numbers of Python and numpy; a bool is a word."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return False
    return not math.isnan(float(value))
