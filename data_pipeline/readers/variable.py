"""An array beside a cube, of whatever container."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Variable(NamedTuple):
    """An array beside a cube, read when it is asked for.

    Attributes:
        name: with its groups.
        dims: names of its dimensions, empty where they have none.
        shape, dtype: of it.
        attributes: of it, by name.
        read: gives its values.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attributes: Mapping[str, Any]
    read: Callable[[], np.ndarray]

    @property
    def last(self) -> str:
        """The name without groups."""
        return self.name.rsplit("/", 1)[-1]
