"""The value that marks missing samples where an array has no mask: one that no sample of data can take."""

from dataclasses import dataclass

import numpy as np

from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.scene import usable_nodata


@dataclass(frozen=True)
class FillValue:
    """What missing samples of an array hold.

    Attributes:
        value: in the samples' type; None where none is missing, or no value is free.
        replaces: whether some of them hold another value in the scene.
    """

    value: np.generic | None
    replaces: bool = False

    @property
    def is_free(self) -> bool:
        """Whether missing samples are told by their value."""
        return self.value is not None


def fill_value_of(facts: SceneFacts, nodata: int | float | None) -> FillValue:
    """The fill value of a scene: its nodata value, or else NaN, or a value outside of the data's range.

    A nodata value of integers within the range is not taken, for restored data may come to it.

    Args:
        facts: of the scene.
        nodata: that it names.
    """
    dtype, missing = facts.dtype, facts.missing
    usable = usable_nodata(nodata, dtype)
    if dtype.kind == "f":
        if usable is None and missing is None:
            return FillValue(None)
        chosen = dtype.type(np.nan if usable is None else usable)
        return FillValue(chosen, missing is not None and not _told(missing, chosen))
    low, high = facts.value_range
    ends = () if missing is None else (np.iinfo(dtype).max, np.iinfo(dtype).min)
    for candidate in (usable, *ends):
        if candidate is not None and not low <= candidate <= high:
            chosen = dtype.type(candidate)
            return FillValue(chosen, missing is not None and not _told(missing, chosen))
    return FillValue(None)


def _told(missing: Missing, fill: np.generic) -> bool:
    """Whether what missing samples hold says itself that they are."""
    held = missing.fills
    known = held == fill
    return bool((known | ~np.isfinite(held)).all())
