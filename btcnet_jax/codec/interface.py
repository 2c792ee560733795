"""What every codec of scenes offers, ours and a peer's: what evaluation and benchmark measure."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from btcnet_jax.codec.target import Target
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene


@runtime_checkable
class SceneCodec(Protocol):
    """A scene to the bytes of a file and back.

    The bytes are a file on disk: they carry all that the decoder needs, so that their length is the rate.
    """

    def prepare(self, rows: int, cols: int) -> None:
        """Do what is done once for a size of scene and is not coding, such as compiling."""

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
    ) -> bytes:
        """The bytes of a file.

        Raises:
            CubeError: a scene that the codec cannot take.
            ConfigError: a target that it cannot meet.
        """

    def decompress(self, data: bytes, progress: Progress | None = None) -> Scene:
        """The restored scene, its samples in the source's own type.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
        """
