"""What every codec of the benchmark offers, so that one sweep measures them all alike."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Num

from btcnet_jax.scene.scene import Scene


@runtime_checkable
class Codec(Protocol):
    """A scene to bytes and back.

    The bytes are a file on disk: they carry all that the decoder needs, shape, sample type and side
    information included, so that their length is the rate:
    `8 * len(data) / (rows * cols * bands)` in bpppb, over all bands of the scene.

    Attributes:
        name: short, for tables.
        fixed_rate: True for a network trained for one rate; its `compress` ignores the target.
    """

    name: str
    fixed_rate: bool

    def describe(self) -> str:
        """What the codec is, in one line."""
        ...

    def prepare(self, scene: Scene) -> None:
        """Does beforehand what is done once for a size of scene and is not coding, such as compiling."""
        ...

    def compress(self, scene: Scene, target_bpppb: float) -> bytes:
        """The scene as a file of at most the target rate.

        Args:
            scene: integers or floats, any shape; bands may be constant or NaN throughout.
            target_bpppb: rate in bits per pixel per band, over all bands of the scene. Where no file
                is that small, the smallest one is given: its length tells.

        Raises:
            BtcnetError: a scene or a target that the codec cannot take.
        """
        ...

    def decompress(self, data: bytes) -> Num[np.ndarray, "rows cols bands"]:
        """The restored samples in the source's own type.

        Args:
            data: what `compress` gave.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
        """
        ...

    def multiply_adds(self, data: bytes) -> float | None:
        """Multiply-adds a sample of the analysis that made this file, entropy coding and the search for
        the rate aside; None where it is not known.

        Args:
            data: what `compress` gave.
        """
        ...

    def rate_map(self, data: bytes) -> Float64[np.ndarray, "tiles_down tiles_across"] | None:
        """Bits that each tile of the scene takes of a file; None where the codec cannot tell.

        Args:
            data: what `compress` gave.
        """
        ...
