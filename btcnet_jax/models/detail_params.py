"""What the parameters of a decoder network tell of it, without JAX, which an encoder may do without."""

from typing import Any

import numpy as np

POSITIONS = 16
"""Coefficients of a block, the mean (DC) first."""


def are_on_pixels(params: dict[str, Any]) -> bool:
    """Whether the network works on the grid of pixels, not on that of blocks alone.

    Raises:
        KeyError: a layer's parameters are missing.
    """
    return "detail_restorer" in params or params["input"]["kernel"].shape[0] > 1


def multiply_adds(params: dict[str, Any]) -> int:
    """Of a network on one block: a weight is used once a block, or once at each of its pixels."""
    pixels = POSITIONS if are_on_pixels(params) else 1
    return sum(_size(layer) * (1 if name == "front" else pixels) for name, layer in params.items())


def _size(layer: Any) -> int:
    return sum(map(_size, layer.values())) if isinstance(layer, dict) else int(np.size(layer))
