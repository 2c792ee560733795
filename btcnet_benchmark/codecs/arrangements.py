"""A cube as one picture for coders of pictures, which know neighbors in two directions only.

Which of the three axes lie in the picture decides what is predicted from what: of stacked bands the pixels
around; of a row's lines, band below band, the band before and the pixel beside; of pixels below one another
the pixel and the band before.
"""

from enum import IntEnum

import numpy as np
from jaxtyping import UInt16

# Coders take pictures of up to 65535 rows.
_MOST_ROWS = 1 << 15
# Differences are of either sign; kept modulo 2^16 they are exact.
_MIDDLE = np.uint16(1 << 15)

Cube = UInt16[np.ndarray, "bands rows cols"]
Picture = UInt16[np.ndarray, "_ _"]


class Arrangement(IntEnum):
    """How bands lie in a picture."""

    BANDS = 0
    LINES = 1
    PIXELS = 2
    DIFFERENCES = 3
    """Bands stacked, each less the one before."""


_AXES = {
    Arrangement.BANDS: (0, 1, 2),
    Arrangement.LINES: (1, 0, 2),
    Arrangement.PIXELS: (1, 2, 0),
    Arrangement.DIFFERENCES: (0, 1, 2),
}


def arrange(cube: Cube, arrangement: Arrangement) -> list[Picture]:
    """The cube as pictures below one another, one but for large scenes."""
    if arrangement is Arrangement.DIFFERENCES:
        cube = cube.copy()
        cube[1:] = cube[1:] - cube[:-1] + _MIDDLE
    turned = np.ascontiguousarray(cube.transpose(_AXES[arrangement]))
    picture = turned.reshape(-1, turned.shape[2])
    return [picture[at : at + _MOST_ROWS] for at in range(0, len(picture), _MOST_ROWS)]


def take_apart(
    pictures: list[Picture], arrangement: Arrangement, shape: tuple[int, int, int]
) -> Cube:
    """Inverse of `arrange`; `shape` is (bands, rows, cols).

    Raises:
        ValueError: the pictures are not of that many samples.
    """
    axes = _AXES[arrangement]
    turned = np.concatenate([picture.ravel() for picture in pictures])
    cube = turned.reshape([shape[axis] for axis in axes]).transpose(np.argsort(axes))
    if arrangement is not Arrangement.DIFFERENCES:
        return np.ascontiguousarray(cube)
    less = cube.copy()
    less[1:] -= _MIDDLE
    return np.cumsum(less, axis=0, dtype=np.uint16)
