"""What a file holds besides a cube and is not taken from it: said in one line, since it does not come back."""

import warnings
from collections.abc import Iterable
from pathlib import Path

from btcnet_jax.errors import LeftOutWarning

_SHOWN, _LONGEST = 8, 60


def warn_of_left_out(path: Path, what: Iterable[str]) -> None:
    """Warns by name of what a scene has no place for; says nothing where there is nothing.

    Args:
        path: the file.
        what: each thing in words.
    """
    words = list(dict.fromkeys(_short(each, 4 * _LONGEST) for each in what))
    if not words:
        return
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    text = f"{path}: not taken with the cube, so it will not come back: {', '.join(words[:_SHOWN])}{more}"
    warnings.warn(text, LeftOutWarning, stacklevel=2)


def sized(name: str, shape: Iterable[int]) -> str:
    """An array in words: its name and its size."""
    return f"{_short(name, _LONGEST)} ({' x '.join(map(str, shape)) or 'one value'})"


def groups_of(taken: Iterable[str]) -> list[str]:
    """The groups of arrays in words: what was in them is written to the root.

    Args:
        taken: paths of arrays of which a scene is made.
    """
    groups = dict.fromkeys(name.strip("/").rpartition("/")[0] for name in taken)
    words = ", ".join(_short(group, _LONGEST) for group in groups if group)
    return [f"the grouping (what is taken of {words} comes back in the root)"] if words else []


def _short(text: str, longest: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    # Of a long name in groups the end tells most.
    return line if len(line) <= longest else "..." + line[-longest:]
