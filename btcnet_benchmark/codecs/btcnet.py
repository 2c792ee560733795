"""A trained BTC-Net as a peer: its own `.btcn` file, on scenes of any band count."""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Shaped

from btcnet_benchmark.codecs.band_stretch import restore_bands, stretch_bands
from btcnet_benchmark.codecs.huffman import HuffmanSymbols
from btcnet_jax.codec import Rate, Target, network_codec
from btcnet_jax.config import UNQUANTIZED_BITS
from btcnet_jax.config.model import LEARNED
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene
from btcnet_jax.scene.filling import fill_missing
from btcnet_jax.zoo import load_model

# Bands and sample type of the scene, where it is not the network's own band count.
_STRETCHED = struct.Struct("<H2s")
_OWN, _OTHER = b"B", b"S"


class BtcnetPeer:
    """A network at its rate, or at the finest of its rates within the target; the model is not part of a rate.

    Args:
        model: folder of a trained run, a packed file, or a name that `btcnet models` lists.
        huffman: code the symbols with one Huffman table, as published, in place of the range coder.

    Raises:
        CheckpointError: no such model, or one that cannot be used.
        ConfigError: Huffman coding is asked for of a model that has no table of the image.
    """

    def __init__(self, model: str | Path, *, huffman: bool = False) -> None:
        config, params, tables = load_model(model)
        learned = config.quantizer == LEARNED
        if huffman and (learned or config.bits == UNQUANTIZED_BITS):
            raise ConfigError(f"{model}: Huffman coding is for latents of 2 to 8 bits by the range")
        coder: str | HuffmanSymbols = HuffmanSymbols() if huffman else "constriction"
        self._codec = network_codec(config, params, tables, coder=coder)
        self._config, self._huffman = config, huffman
        self.fixed_rate = self._codec.fixed_rate
        kind = f"{config.prior} prior" if learned else f"{config.bits} bit"
        self.name = f"{self._codec.name} {kind}{', Huffman' if huffman else ''}"

    def describe(self) -> str:
        """What the codec is, in one line."""
        coder = "one Huffman table" if self._huffman else "range coder"
        return (
            f"{self._codec.describe()}; {coder}; spectra of other band counts stretched to it,"
            " their missing samples filled"
        )

    def prepare(self, rows: int, cols: int) -> None:
        """Compiles for scenes of this size."""
        self._codec.prepare(rows, cols)

    def require(self, target: Target) -> None:
        """Refuse a bound, and levels that the model lacks.

        Raises:
            ConfigError: says why.
        """
        self._codec.require(target)

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        tally: Tally | None = None,
    ) -> bytes:
        """The scene as a file within the target, or else the smallest; a model of one rate has but one.

        Raises:
            CubeError: a scene that the network cannot take: not finite, or constant.
        """
        cube = scene.values if isinstance(scene, Scene) else scene
        head, bands = _OWN, cube.shape[2]
        coded: Scene | np.ndarray = scene
        if bands != self._config.bands:
            head = _OTHER + _STRETCHED.pack(bands, cube.dtype.str[1:].encode())
            # Between bands of which one is missing, there is nothing to stretch.
            whole = fill_missing(scene) if isinstance(scene, Scene) else scene
            coded = stretch_bands(whole, self._config.bands)
        if isinstance(target, Rate):
            # What is left after the head, over the samples that the network sees.
            left = max(target.file_bytes(cube.size) - len(head), 1)
            samples = cube.size // bands * self._config.bands
            target = Rate((8 * left + 1) / samples, target.or_smallest)
        return head + self._codec.compress(coded, target, progress, tally=tally)

    def decompress(self, data: bytes, progress: Progress | None = None) -> Scene:
        """The restored scene, its samples in the source's own type.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
            ModelMismatchError: they were written with another model.
        """
        restored = self._codec.decompress(_file(data), progress)
        if data[:1] == _OWN:
            return restored
        bands, told = _STRETCHED.unpack_from(data, 1)
        return Scene(values=restore_bands(restored.values, bands, np.dtype(told.decode())))

    def rate_map(self, data: bytes) -> Float64[np.ndarray, "tiles_down tiles_across"] | None:
        """Bits of each place of the latent, a tile of as many pixels as the encoder's stride a side."""
        return self._codec.rate_map(_file(data))


def _file(data: bytes) -> bytes:
    """The `.btcn` file within the bytes."""
    if data[:1] == _OWN:
        return data[1:]
    if data[:1] != _OTHER or len(data) <= _STRETCHED.size:
        raise FileFormatError("the file is damaged or of another codec")
    return data[1 + _STRETCHED.size :]
