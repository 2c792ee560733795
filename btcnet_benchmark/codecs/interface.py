"""What every codec of the benchmark offers, so that one sweep measures them all alike."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Shaped

from btcnet_jax.codec.interface import SceneCodec
from btcnet_jax.codec.target import Target
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene


@runtime_checkable
class Peer(SceneCodec, Protocol):
    """A codec of scenes, ours or another's, that can be compared at rates, at bounds of the error, or at both.

    Its rate is `8 * len(data) / (rows * cols * bands)` in bpppb, over all bands of the scene. `compress` is
    asked for a `Rate` with `or_smallest` or a `Bound` of all bands, which may be constant or NaN throughout.

    Attributes:
        name: short, for tables.
        fixed_rate: True for a network trained for one rate; its `compress` ignores the target.
    """

    name: str
    fixed_rate: bool

    def describe(self) -> str:
        """What the codec is, in one line."""
        ...

    def require(self, target: Target) -> None:
        """Refuse a target before any work: so a codec tells what it can be asked for.

        Raises:
            ConfigError: no scene could be coded for it; says why.
        """
        ...

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        tally: Tally | None = None,
    ) -> bytes:
        """As of `SceneCodec`; `tally` counts what the encoder computes."""
        ...

    def rate_map(self, data: bytes) -> Float64[np.ndarray, "tiles_down tiles_across"] | None:
        """Bits that each tile of the scene takes of a file; None where the codec cannot tell.

        Args:
            data: what `compress` gave.
        """
        ...


def takes(codec: Peer, target: Target) -> bool:
    """Whether a codec can be asked for such a target."""
    try:
        codec.require(target)
    except ConfigError:
        return False
    return True
