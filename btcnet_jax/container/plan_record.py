"""The section PLAN: what a plan says in numbers, besides HEADER and arrays (docs/FORMAT.md, "Plans")."""

from typing import NamedTuple

import msgpack
import numpy as np

from btcnet_jax.container.header import Header
from btcnet_jax.container.tile_grid import SIDE
from btcnet_jax.errors import FileFormatError
from btcnet_jax.scene.value_range import ValueRange

AGAIN = "it is damaged: make the plan again with `btcnet plan`"
"""What to do about a plan that makes no sense."""

_MOST_BYTES, _MOST_SIDE = 1 << 12, 1 << 20
MOST_GROUP = SIDE * _MOST_SIDE
"""Lines that can be coded together."""
_TYPES = {"rate": float, "group": int, "side": int, "step": float}


class PlanRecord(NamedTuple):
    """Elements of the record, in its order.

    Attributes:
        rate: bits a pixel and band that it was planned for.
        low, high: least and greatest sample of what it was planned on.
        group: lines that are coded together.
        side: least blocks of a tile from left to right.
        step: quantization step, in units of the header's range.
    """

    rate: float
    low: int | float
    high: int | float
    group: int
    side: int
    step: float

    @property
    def seen(self) -> ValueRange:
        """Least and greatest sample of what it was planned on."""
        return ValueRange(self.low, self.high)

    def pack(self) -> bytes:
        """The payload of PLAN."""
        return bytes(msgpack.packb(list(self)))

    @classmethod
    def unpack(cls, payload: bytes, header: Header) -> "PlanRecord":
        """Reads what `pack` wrote; elements at the end are ignored.

        Args:
            payload: of PLAN.
            header: of the plan.

        Raises:
            FileFormatError: no such record, or numbers that cannot be.
        """
        try:
            if len(payload) > _MOST_BYTES:
                raise ValueError
            elements = msgpack.unpackb(payload)
        except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
            raise FileFormatError(f"the plan's record cannot be read: {AGAIN}") from error
        if type(elements) is not list or len(elements) < len(cls._fields):
            raise FileFormatError(f"the plan's record is too short: {AGAIN}")
        record = cls(*elements[: len(cls._fields)])
        for name, kind in _TYPES.items():
            if type(getattr(record, name)) is not kind:
                raise FileFormatError(f"the plan's {name} is no {kind.__name__}: {AGAIN}")
        record._check(header)
        return record

    def _check(self, header: Header) -> None:
        sizes = self.group // SIDE, self.side
        whole = self.group % SIDE == 0 and all(0 < size <= _MOST_SIDE for size in sizes)
        if not (whole and 0 < self.step < np.inf and 0 < self.rate < np.inf):
            raise FileFormatError(f"the plan's sizes or its step cannot be: {AGAIN}")
        kind = type(header.minimum)
        if type(self.low) is not kind or type(self.high) is not kind:
            raise FileFormatError(f"the plan's range is of another type: {AGAIN}")
        held = header.minimum <= self.low <= self.high <= header.maximum
        if not held or header.minimum == header.maximum:
            raise FileFormatError(f"the plan's range does not hold what it saw: {AGAIN}")
