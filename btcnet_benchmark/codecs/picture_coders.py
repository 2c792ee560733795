"""Coders of one picture of 16 bits by imagecodecs: JPEG-LS, JPEG XL, High-Throughput JPEG 2000."""

from typing import Any, Protocol, runtime_checkable

import numpy as np

from btcnet_benchmark.codecs.arrangements import Picture
from btcnet_benchmark.codecs.library_method import call
from btcnet_jax.errors import FileFormatError


@runtime_checkable
class PictureCoder(Protocol):
    """A coder that is lossless.

    Attributes:
        name, library: see `Method`.
        about: its settings, in words that go on.
        most_near: how far its near-lossless mode may be off; 0 where it has none.
    """

    name: str
    library: str
    about: str
    most_near: int

    def encode(self, picture: Picture, near: int = 0) -> bytes:
        """The picture, each sample off by `near` at most."""

    def probe(self, picture: Picture) -> int:
        """Bytes that the picture takes without loss, or a guess that costs less."""

    def decode(self, data: bytes) -> Picture:
        """The picture.

        Raises:
            FileFormatError: no stream of the coder.
        """


@runtime_checkable
class LossyCoder(PictureCoder, Protocol):
    """One that is lossy as well.

    Attributes:
        lossy_about: its settings then.
        finest, usual, coarsest: settings.
    """

    lossy_about: str
    finest: float
    usual: float
    coarsest: float

    def encode_lossy(self, picture: Picture, setting: float) -> bytes:
        """The picture, coarser the larger the setting."""


class JpegLs:
    """ISO/IEC 14495-1 by CharLS."""

    name, library, about = "JPEG-LS", "jpegls", ""
    most_near = 255

    def encode(self, picture: Picture, near: int = 0) -> bytes:
        """See `PictureCoder`."""
        return bytes(call("jpegls", "encode", picture, level=near))

    def probe(self, picture: Picture) -> int:
        """See `PictureCoder`."""
        return len(self.encode(picture))

    def decode(self, data: bytes) -> Picture:
        """See `PictureCoder`."""
        return _picture(call("jpegls", "decode", data))


class JpegXl:
    """ISO/IEC 18181 by libjxl: modular without loss, DCT by distance with it."""

    name, library, about, most_near = "JPEG XL", "jpegxl", ", effort 7,", 0
    lossy_about = "distance mode, effort 7"
    finest, usual, coarsest = 0.01, 4.0, 25.0
    _effort, _probing = 7, 3

    def encode(self, picture: Picture, near: int = 0) -> bytes:
        """See `PictureCoder`."""
        return self._encode(picture, lossless=True, effort=self._effort)

    def probe(self, picture: Picture) -> int:
        """See `PictureCoder`."""
        return len(self._encode(picture, lossless=True, effort=self._probing))

    def decode(self, data: bytes) -> Picture:
        """See `PictureCoder`."""
        return _picture(call("jpegxl", "decode", data, numthreads=1))

    def encode_lossy(self, picture: Picture, setting: float) -> bytes:
        """See `LossyCoder`."""
        return self._encode(picture, distance=setting, effort=self._effort)

    def _encode(self, picture: Picture, **settings: Any) -> bytes:
        return bytes(call("jpegxl", "encode", picture, numthreads=1, **settings))


class Htj2k:
    """ISO/IEC 15444-15 by OpenJPH: 5/3 without loss, 9/7 with it."""

    name, library, about, most_near = "HTJ2K", "htj2k", "", 0
    lossy_about = "irreversible, by its step"
    finest, usual, coarsest = 1e-6, 0.02, 0.5

    def encode(self, picture: Picture, near: int = 0) -> bytes:
        """See `PictureCoder`."""
        return bytes(call("htj2k", "encode", picture, reversible=True))

    def probe(self, picture: Picture) -> int:
        """See `PictureCoder`."""
        return len(self.encode(picture))

    def decode(self, data: bytes) -> Picture:
        """See `PictureCoder`."""
        return _picture(call("htj2k", "decode", data))

    def encode_lossy(self, picture: Picture, setting: float) -> bytes:
        """See `LossyCoder`."""
        return bytes(call("htj2k", "encode", picture, level=setting, reversible=False))


def _picture(samples: np.ndarray) -> Picture:
    if samples.dtype != np.uint16:
        raise FileFormatError(f"the stream is of {samples.dtype}, not of 16 bits: it is damaged")
    return samples
