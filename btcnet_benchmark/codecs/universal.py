"""The universal codec as a peer: its own `.btcn` file, with the weights that ship."""

import numpy as np
from jaxtyping import Float64, Num

from btcnet_jax.scene.scene import Scene
from btcnet_jax.universal import UniversalCodec


class UniversalPeer:
    """The universal codec at any rate; the weights, which any user has, are not part of a rate.

    Args:
        ensemble: views that the decoder's network averages over: 1, 2, 4 or 8.

    Raises:
        CheckpointError: the weights are missing or damaged.
    """

    fixed_rate = False

    def __init__(self, *, ensemble: int = 1) -> None:
        self._codec = UniversalCodec.load()
        self._ensemble = ensemble
        self.name = "universal" + (f", ensemble of {ensemble}" if ensemble > 1 else "")

    def describe(self) -> str:
        """What the codec is, in one line."""
        return (
            "spectral KLT of the scene for PSNR per band, 4 x 4 DCT, integer contexts, detail network; "
            f"one set of weights, {self._codec.fingerprint.hex()}"
        )

    def prepare(self, scene: Scene) -> None:
        """Compiles the network for scenes of this size."""
        self._codec.prepare(*scene.values.shape[:2])

    def compress(self, scene: Scene, target_bpppb: float) -> bytes:
        """The scene as a file within the target, or else the smallest.

        Raises:
            CubeError: values that are not finite, or a constant scene.
            ConfigError: a target that is not above zero.
        """
        return self._codec.compress(scene.values, target_bpppb, or_smallest=True)

    def decompress(self, data: bytes) -> Num[np.ndarray, "rows cols bands"]:
        """The restored samples in the source's own type.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
            ModelMismatchError: they were written with other weights.
        """
        return self._codec.decompress(data, ensemble=self._ensemble)

    def multiply_adds(self, data: bytes) -> float:
        """Of all the analysis; see `UniversalCodec.encoder_macs_per_sample`."""
        return self._codec.encoder_macs_per_sample(data)

    def rate_map(self, data: bytes) -> Float64[np.ndarray, "tiles_down tiles_across"]:
        """Bits of the symbols of each 4 x 4 pixels."""
        return self._codec.bits_by_place(data)
