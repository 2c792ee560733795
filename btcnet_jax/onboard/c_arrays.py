"""Integers as C99 text."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Integer

_NUMBERS_A_LINE = 24


def macros_of(numbers: Mapping[str, int], wide: Mapping[str, int] | None = None) -> str:
    """Lines that define `BTCNET_NAME`; of `wide` as 64 bits."""
    words = {key: f"({value})" for key, value in numbers.items()}
    words |= {key: f"INT64_C({value})" for key, value in (wide or {}).items()}
    return "\n".join(f"#define BTCNET_{key} {word}" for key, word in words.items())


def declared(arrays: Mapping[str, Integer[np.ndarray, "..."]], *includes: str) -> str:
    """A source file of constant arrays, each under its declaration."""
    heads = "".join(f'#include "{name}"\n' for name in includes)
    parts = [f"const {head} = {_braced(array)};\n" for head, array in arrays.items()]
    return heads + "\n" + "\n".join(parts)


def _braced(array: Integer[np.ndarray, "..."]) -> str:
    if array.ndim > 1:
        return "{\n" + ",\n".join(map(_braced, array)) + "}"
    wide = np.abs(array.astype(np.int64)).max() > 2**31 - 1
    words = [f"INT64_C({number})" if wide else str(number) for number in array.tolist()]
    lines = [
        ", ".join(words[first : first + _NUMBERS_A_LINE])
        for first in range(0, len(words), _NUMBERS_A_LINE)
    ]
    return "{" + ",\n".join(lines) + "}"
