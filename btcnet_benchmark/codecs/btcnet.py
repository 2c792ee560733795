"""A trained BTC-Net as a peer: its own `.btcn` file, on scenes of any band count."""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Num

from btcnet_benchmark.codecs.band_stretch import restore_bands, stretch_bands
from btcnet_benchmark.codecs.huffman import from_huffman, to_huffman
from btcnet_jax.codec import Codec as ModelCodec
from btcnet_jax.config import UNQUANTIZED_BITS
from btcnet_jax.config.model import LEARNED
from btcnet_jax.container.container import read_container, write_container
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.metrics import bits_per_sample
from btcnet_jax.models.btcnet import encoder_macs_per_sample
from btcnet_jax.scene.scene import Scene

# Bands and sample type of the scene, where it is not the network's own band count.
_STRETCHED = struct.Struct("<H2s")
_OWN = b"B"


class BtcnetPeer:
    """A network at its rate, or at the finest of its rates within the target; the model is not part of a rate.

    Args:
        folder: of a trained run.
        huffman: code the symbols with one Huffman table, as published, in place of the range coder.

    Raises:
        CheckpointError: no usable checkpoint in the folder.
        ConfigError: Huffman coding is asked for of a model that has no table of the image.
    """

    def __init__(self, folder: Path, *, huffman: bool = False) -> None:
        self._codec = ModelCodec.load(folder)
        self._huffman = huffman
        config = self._codec.config
        self.fixed_rate = self._codec.levels == 1
        learned = config.quantizer == LEARNED
        if huffman and (learned or config.bits == UNQUANTIZED_BITS):
            raise ConfigError(
                f"{folder}: Huffman coding is for latents of 2 to 8 bits by the range"
            )
        kind = f"{config.prior} prior" if learned else f"{config.bits} bit"
        coder = ", Huffman" if huffman else ""
        self.name = f"BTC-Net {config.architecture.upper()} {kind}{coder}"

    def describe(self) -> str:
        """What the codec is, in one line."""
        config = self._codec.config
        if config.quantizer == LEARNED:
            latent = f"{config.latent_channels} channels, {self._codec.levels} rates"
            coder = "range coder, learned tables in the model"
        else:
            latent = f"{config.latent_channels} channels of {config.bits} bits"
            coder = "one Huffman table" if self._huffman else "range coder, tables in the file"
        return (
            f"{latent}, {coder}; made for "
            f"{config.bands} bands, spectra of other counts stretched to them; "
            f"model {self._codec.fingerprint.hex()}"
        )

    def prepare(self, scene: Scene) -> None:
        """Compiles for scenes of this size."""
        self._codec.prepare(*scene.values.shape[:2])

    def compress(self, scene: Scene, target_bpppb: float) -> bytes:
        """The scene as a file within the target, or else the smallest; a model of one rate has but one.

        Raises:
            CubeError: a scene that the network cannot take: not finite, or constant.
        """
        cube = scene.values
        if cube.shape[2] == self._codec.config.bands:
            return self._within(_OWN, cube, target_bpppb, cube.shape)
        stretched = stretch_bands(cube, self._codec.config.bands)
        head = b"S" + _STRETCHED.pack(cube.shape[2], cube.dtype.str[1:].encode())
        return self._within(head, stretched, target_bpppb, cube.shape)

    def decompress(self, data: bytes) -> Num[np.ndarray, "rows cols bands"]:
        """The restored samples in the source's own type.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
            ModelMismatchError: they were written with another model.
        """
        if data[:1] == _OWN:
            return self._codec.decompress(self._decoded(data[1:]))
        if data[:1] != b"S" or len(data) <= _STRETCHED.size:
            raise FileFormatError("the file is damaged or of another codec")
        bands, told = _STRETCHED.unpack_from(data, 1)
        restored = self._codec.decompress(self._decoded(data[1 + _STRETCHED.size :]))
        return restore_bands(restored, bands, np.dtype(told.decode()))

    def multiply_adds(self, data: bytes) -> float:
        """Of the encoder's convolutions, which see all of the network's bands, a sample of the scene."""
        config = self._codec.config
        bands = config.bands if data[:1] == _OWN else _STRETCHED.unpack_from(data, 1)[0]
        return encoder_macs_per_sample(config) * config.bands / bands

    def rate_map(self, data: bytes) -> Float64[np.ndarray, "tiles_down tiles_across"] | None:
        """Bits of each place of the latent, a tile of as many pixels as the encoder's stride a side."""
        if self._huffman:
            return None
        return self._codec.bits_by_place(
            data[1:] if data[:1] == _OWN else data[1 + _STRETCHED.size :]
        )

    def _within(
        self,
        head: bytes,
        cube: Num[np.ndarray, "rows cols bands"],
        target_bpppb: float,
        shape: tuple[int, ...],
    ) -> bytes:
        """The first file, from the finest level on, that with its head is within the target, or the last."""
        for coded in self._codec.each_level(cube):
            data = head + self._coded(coded)
            if bits_per_sample(len(data), *shape) <= target_bpppb:
                break
        return data

    def _coded(self, data: bytes) -> bytes:
        if not self._huffman:
            return data
        return write_container(to_huffman(read_container(data), self._codec.config))

    def _decoded(self, data: bytes) -> bytes:
        if not self._huffman:
            return data
        return write_container(from_huffman(read_container(data), self._codec.config))
