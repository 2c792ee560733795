"""What the context model has learnt: all integers, made once and shipped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.context.levels import LEVELS
from btcnet_jax.coding.context.trellis import PER_STEP, QUANTIZERS, ZONES
from btcnet_jax.coding.precision import PRECISION

CLASSES, CLASSES_PER_OCTAVE, LOWEST_OCTAVE = 56, 4, -6
"""Classes of the scale: quarter octaves from 2**-6 quantization steps up."""
REMAINDERS = 9
"""Tables of a class: what rounding left of the expectation, 0 to 8 sixteenths of a step."""
HALF = 32
"""Tables list -HALF..HALF-1, and an escape."""
MEAN_FEATURES, SCALE_FEATURES = 7, 14
SURPRISES = 2
"""Features of a scale behind these, of weights that know surprise (`kernel.surprise`)."""
TABLES = CLASSES * REMAINDERS
"""Of one quantizer; of two in turn there are as many for each of them and each zone (`trellis`)."""

_MAX_WEIGHT = 1 << 15
_MAX_SHIFT = 16
_ALWAYS, _SHIFTS = ("frequencies", "mean_weights", "scale_weights"), "shifts"


def _first_shifts() -> Int[np.ndarray, " classes"]:
    """Of weights that name none, which are those that shipped first: coarser than pays, as was found later."""
    octaves = np.arange(CLASSES) // CLASSES_PER_OCTAVE + LOWEST_OCTAVE
    return np.maximum(0, octaves - 1)


@dataclass(frozen=True, eq=False)
class ContextWeights:
    """Weights of the contexts, and the tables.

    Attributes:
        mean_weights: of the factors of an expectation, by position and level, in 1/256; within +-2**15.
        scale_weights: of the logarithms that make a scale, likewise; of dependent quantization may follow those
            of SURPRISES.
        frequencies: one row for each class of scale and remainder (`CLASSES` x `REMAINDERS`), of dependent
            quantization for each quantizer and zone first: of the differences -HALF..HALF-1, then of the
            escape; each > 0, of sum 2**24.
        shifts: lower bits of each class's differences that do not go through its tables: large scales are
            tabled coarsely. Never falling, 0 to 16.

    Raises:
        ValueError: another shape, weights too large, frequencies that do not add up, or impossible shifts.
    """

    mean_weights: Int[np.ndarray, "16 levels means"]
    scale_weights: Int[np.ndarray, "16 levels scales"]
    frequencies: Int[np.ndarray, "tables symbols"]
    shifts: Int[np.ndarray, " classes"] = field(default_factory=_first_shifts)

    def __post_init__(self) -> None:
        features = SCALE_FEATURES + (SURPRISES if self.surprised else 0)
        shapes = [(16, LEVELS, MEAN_FEATURES), (16, LEVELS, features)]
        for weights, shape in zip((self.mean_weights, self.scale_weights), shapes, strict=True):
            if weights.shape != shape:
                raise ValueError(
                    f"context weights must have the shape {shape}, not {weights.shape}"
                )
            if weights.min() < -_MAX_WEIGHT or weights.max() > _MAX_WEIGHT:
                raise ValueError(f"context weights must lie within +-{_MAX_WEIGHT}")
        kinds = TABLES, TABLES * QUANTIZERS * ZONES
        if self.frequencies.shape not in [(count, 2 * HALF + 1) for count in kinds]:
            raise ValueError(f"there are no frequencies of the shape {self.frequencies.shape}")
        if self.surprised and not self.dependent:
            raise ValueError("surprise is of dependent quantization alone")
        if self.frequencies.min() < 1 or (self.frequencies.sum(axis=1) != 1 << PRECISION).any():
            raise ValueError(f"frequencies must be > 0 and sum to 2**{PRECISION}")
        if self.shifts.shape != (CLASSES,) or (np.diff(self.shifts) < 0).any():
            raise ValueError(f"there must be {CLASSES} shifts that never fall")
        if self.shifts[0] < 0 or self.shifts[-1] > _MAX_SHIFT:
            raise ValueError(f"shifts must lie within 0 and {_MAX_SHIFT}")

    @property
    def dependent(self) -> bool:
        """Whether symbols are of two quantizers in turn, in half steps: dependent quantization."""
        return len(self.frequencies) > TABLES

    @property
    def surprised(self) -> bool:
        """Whether the scale knows how much larger than expected differences were around a symbol."""
        return self.scale_weights.ndim == 3 and self.scale_weights.shape[2] > SCALE_FEATURES

    def with_surprise(self) -> "ContextWeights":
        """The same, which know surprise: nothing follows from it yet, unless it did before."""
        if self.surprised:
            return self
        return replace(
            self, scale_weights=np.pad(self.scale_weights, ((0, 0), (0, 0), (0, SURPRISES)))
        )

    @property
    def per_step(self) -> int:
        """Symbols are in steps over this."""
        return PER_STEP if self.dependent else 1

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ContextWeights":
        """Of arrays by name, as `arrays` gives them; others are passed over.

        Raises:
            KeyError: one is missing; `shifts` may be.
            ValueError: as of the class.
        """
        names = [*_ALWAYS, *([_SHIFTS] if _SHIFTS in arrays else [])]
        return cls(**{name: np.asarray(arrays[name], np.int64) for name in names})

    def arrays(self) -> dict[str, Int[np.ndarray, "..."]]:
        """Of little-endian int32, by name; without the shifts of the first weights, which had none to name."""
        arrays = {name: np.asarray(getattr(self, name), "<i4") for name in (*_ALWAYS, _SHIFTS)}
        if np.array_equal(self.shifts, _first_shifts()):
            del arrays[_SHIFTS]
        return arrays
