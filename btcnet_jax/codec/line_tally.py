"""What lines hold that their plan did not foresee, counted: nothing of it is lost in silence."""

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.codec.line_plan import LinePlan
from btcnet_jax.scene.missing_samples import Missing


class LineTally:
    """Counts of samples that are data.

    Args:
        plan: of the lines.

    Attributes:
        unseen: beyond the range of what the plan was made on, coded like all others.
        clipped: beyond the range that the file tells of; they come back as its ends.
        constant: that differ from the one value of a band that was constant; they come back as that value.
        coefficients: beyond what symbols can tell.
    """

    def __init__(self, plan: LinePlan) -> None:
        self._range, self._seen = plan.value_range, plan.seen
        self._fixed, self._fill = np.flatnonzero(~plan.varying), plan.fill
        self.unseen = self.clipped = self.constant = self.coefficients = 0
        self._bands: set[int] = set()

    def add(self, values: Num[np.ndarray, "lines cols bands"], missing: Missing | None) -> None:
        """Count in some lines."""
        valid = None if missing is None else _valid(missing)
        unseen = _count(_beyond(values, *self._seen), valid)
        self.unseen += unseen
        if unseen:
            self.clipped += _count(_beyond(values, *self._range), valid)
        for band in self._fixed.tolist():
            other = values[..., band] != self._fill[band]
            if count := _count(other, None if valid is None else valid[..., band]):
                self.constant += count
                self._bands.add(band)

    def within(
        self, values: Num[np.ndarray, "lines cols bands"]
    ) -> Num[np.ndarray, "lines cols bands"]:
        """The samples as the file can tell of them: clipped to its range."""
        low, high = self._range
        # Of NaN, which is no data, neither is true.
        if values.min() < low or values.max() > high or values.dtype.kind == "f":
            return np.clip(values, values.dtype.type(low), values.dtype.type(high))
        return values

    def told(self) -> str:
        """What is lost, in one line; empty where nothing is."""
        parts = []
        if self.clipped:
            low, high = self._range
            parts.append(
                f"{self.clipped} samples lie beyond {low:g} to {high:g}, the plan's range, and come back as "
                "its ends (plan with another --range)"
            )
        if self.constant:
            named = ", ".join(map(str, sorted(self._bands)[:_NAMED]))
            more = " and others" if len(self._bands) > _NAMED else ""
            parts.append(
                f"{self.constant} samples of bands that held one value where it was planned (counted from 0: "
                f"{named}{more}) differ and come back as that value: plan on lines where they vary"
            )
        if self.coefficients:
            parts.append(
                f"{self.coefficients} coefficients are beyond what symbols can tell and come back smaller"
            )
        return "; ".join(parts)


_NAMED = 8


def _valid(missing: Missing) -> Bool[np.ndarray, "lines cols bands"]:
    return np.asarray(np.moveaxis(missing.planes[missing.plane_of_band] == 0, 0, -1))


def _beyond(
    values: Num[np.ndarray, "lines cols bands"], low: int | float, high: int | float
) -> Bool[np.ndarray, "lines cols bands"]:
    return (values < low) | (values > high)


def _count(found: Bool[np.ndarray, "*shape"], valid: Bool[np.ndarray, "*shape"] | None) -> int:
    return int(np.count_nonzero(found if valid is None else found & valid))
