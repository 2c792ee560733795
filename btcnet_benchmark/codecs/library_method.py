"""What a library's coder offers a peer: varying bands to bytes under a bound or within a size, and back."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import imagecodecs
import numpy as np
from jaxtyping import Float, Num

from btcnet_jax.codec.target import Bound, Rate
from btcnet_jax.errors import CubeError, FileFormatError
from btcnet_jax.metrics.blocks import distances

Targets = tuple[type[Rate] | type[Bound], ...]
"""Kinds of target."""

Bands = Num[np.ndarray, "bands rows cols"]
"""The varying bands of a scene in its own type, without gaps."""


@runtime_checkable
class Method(Protocol):
    """A way to code bands with a library.

    Attributes:
        name: short, for tables.
        library: name of the coder in imagecodecs.
        about: settings, in words.
        targets: the kinds of target it can be asked for.
        seeks_bound: whether its library promises no bound, or one far from it, so that the coarsest setting
            whose greatest error is within the bound is searched for.
    """

    name: str
    library: str
    about: str
    targets: Targets
    seeks_bound: bool

    def bounded(self, bands: Bands, error: float) -> bytes:
        """The smallest bytes found of which no sample comes back further off than `error`.

        Raises:
            CubeError: the library cannot take such samples, or keep such a bound.
        """

    def within(self, bands: Bands, budget: int) -> bytes:
        """The best bytes of at most `budget`; the smallest where none are that few.

        Raises:
            CubeError: the library cannot take such samples.
        """

    def restore(
        self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype
    ) -> Float[np.ndarray, "bands rows cols"]:
        """The bands of what the other two gave, before rounding to the scene's type."""


def available(library: str) -> bool:
    """Whether this build of imagecodecs has a coder: builds differ by platform and version."""
    coder = getattr(imagecodecs, library.upper(), None)
    return bool(getattr(coder, "available", False))


def library_version(library: str) -> str:
    """The library and its version, as imagecodecs tells it."""
    return str(getattr(imagecodecs, f"{library}_version")())


def call(library: str, what: str, *values: Any, **settings: Any) -> Any:
    """A coder of imagecodecs by its name, to "encode" or "decode"; its stubs allow less than it does.

    Raises:
        CubeError, FileFormatError: the library gives up on samples, or on a stream.
    """
    try:
        return getattr(imagecodecs, f"{library}_{what}")(*values, **settings)
    except (RuntimeError, ValueError) as error:
        if what == "decode":
            raise FileFormatError(f"the {library} stream is damaged: {error}") from error
        raise CubeError(f"{library} gives up: {error}") from error


class Trial(NamedTuple):
    """Bytes of a setting; see `step_finding.Sized`."""

    data: bytes
    empty: bool
    finest: bool = False

    @property
    def size(self) -> float:
        """Their number."""
        return float(len(self.data))


def keeps(bands: Bands, restored: Num[np.ndarray, "bands rows cols"], error: float) -> bool:
    """Whether each sample, as the scene's type has it, is within the bound."""
    if bands.dtype.kind != "f":
        ends = np.iinfo(bands.dtype)
        restored = np.clip(np.rint(restored.astype(np.float64)), ends.min, ends.max)
    return not bool((distances(bands, restored.astype(bands.dtype)) > error).any())


def first_kept(
    bands: Bands, error: float, files: Iterable[bytes], decode: Callable[[bytes], Any]
) -> bytes | None:
    """The first of some files of which every sample is within the bound; None where none is."""
    return next((data for data in files if keeps(bands, decode(data), error)), None)


def coarsest_kept(
    bands: Bands,
    error: float,
    ends: tuple[float, float],
    encode: Callable[[float], bytes],
    decode: Callable[[bytes], Any],
    trials: int = 9,
) -> bytes | None:
    """The file of the coarsest setting found that is within the bound.

    Args:
        bands, error: of the scene.
        ends: the finest and the coarsest setting, above zero.
        encode, decode: of a setting.
        trials: how many settings to try between the ends.

    Returns:
        None where not even the finest is.
    """
    low, high = map(math.log, ends)
    best = first_kept(bands, error, [encode(ends[0])], decode)
    if best is None:
        return None
    for _ in range(trials):
        middle = (low + high) / 2
        data = encode(math.exp(middle))
        if keeps(bands, decode(data), error):
            low, best = middle, data
        else:
            high = middle
    return best
