"""Lists with a number for every band, as headers and tags spell them."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from btcnet_jax.errors import DataError


def parse_numbers(words: Sequence[str | None], shift: int = 0) -> Float64[np.ndarray, " _"] | None:
    """Numbers of texts, times 10 to the power of `shift` exactly; None unless all are numbers.

    In decimals, since 0.4001 micrometers times 1000.0 are not 400.1 nanometers.
    """
    try:
        return np.array([float(Decimal((word or "").strip()).scaleb(shift)) for word in words])
    except InvalidOperation:
        return None


def require_band_count(
    what: str, entries: int, bands: int, path: Path, *, single: bool = False
) -> None:
    """Raises DataError where a list of bands cannot be assigned to the bands of the cube.

    Args:
        what: the list in words.
        entries: of it.
        bands: of the cube.
        path: the file, for the message.
        single: whether one entry may stand for all bands.
    """
    if entries != bands and not (single and entries == 1):
        raise DataError(
            f"{path}: {what} has {entries} entries, the cube {bands} bands, so it cannot be said which"
            f" belongs to which; correct or remove that list"
        )
