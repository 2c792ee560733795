"""A trained BTC-Net as a peer: its own `.btcn` file, on scenes of any band count."""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Num

from btcnet_benchmark.codecs.band_stretch import restore_bands, stretch_bands
from btcnet_benchmark.codecs.huffman import from_huffman, latent_shape, to_huffman
from btcnet_jax.codec import Codec as ModelCodec
from btcnet_jax.coding.static_table import bits_by_place, decompress_symbols
from btcnet_jax.config import UNQUANTIZED_BITS
from btcnet_jax.container.container import read_container, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.btcnet import encoder_macs_per_sample
from data_pipeline.scene import Scene

# Bands and sample type of the scene, where it is not the network's own band count.
_STRETCHED = struct.Struct("<H2s")
_OWN = b"B"


class BtcnetPeer:
    """A network at its one rate; the model itself is not part of the rate.

    Args:
      folder: of a trained run.
      huffman: code the symbols with one Huffman table, as published, in place of the range coder.

    Raises:
      CheckpointError: no usable checkpoint in the folder.
    """

    fixed_rate = True

    def __init__(self, folder: Path, *, huffman: bool = False) -> None:
        self._codec = ModelCodec.load(folder)
        self._huffman = huffman
        config = self._codec.config
        coder = ", Huffman" if huffman else ""
        self.name = f"BTC-Net {config.architecture.upper()} {config.bits} bit{coder}"

    def describe(self) -> str:
        """What the codec is, in one line."""
        config = self._codec.config
        coder = "one Huffman table" if self._huffman else "range coder, tables in the file"
        return (
            f"{config.latent_channels} channels of {config.bits} bits, {coder}; made for "
            f"{config.bands} bands, spectra of other counts stretched to them; "
            f"model {self._codec.fingerprint.hex()}"
        )

    def prepare(self, scene: Scene) -> None:
        """Compiles for scenes of this size."""
        self._codec.prepare(*scene.values.shape[:2])

    def compress(self, scene: Scene, target_bpppb: float) -> bytes:
        """The scene as a file; the target is not looked at.

        Raises:
          CubeError: a scene that the network cannot take: not finite, or constant.
        """
        cube = scene.values
        if cube.shape[2] == self._codec.config.bands:
            return _OWN + self._coded(self._codec.compress(cube))
        stretched = stretch_bands(cube, self._codec.config.bands)
        head = _STRETCHED.pack(cube.shape[2], cube.dtype.str[1:].encode())
        return b"S" + head + self._coded(self._codec.compress(stretched))

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
        config = self._codec.config
        if self._huffman or config.bits == UNQUANTIZED_BITS:
            return None
        sections = read_container(data[1:] if data[:1] == _OWN else data[1 + _STRETCHED.size :])
        parts = {section.kind: section.payload for section in sections}
        tables = parts[SectionKind.TABLES]
        shape = latent_shape(sections, config)
        symbols = decompress_symbols(tables, parts[SectionKind.SYMBOLS], shape, config.bits)
        return bits_by_place(symbols, tables, config.bits)

    def _coded(self, data: bytes) -> bytes:
        if not self._huffman:
            return data
        return write_container(to_huffman(read_container(data), self._codec.config))

    def _decoded(self, data: bytes) -> bytes:
        if not self._huffman:
            return data
        return write_container(from_huffman(read_container(data), self._codec.config))
