"""Component planes as one multi-component JPEG 2000 codestream, less what a decoder can restore.

The codestream is ISO/IEC 15444-1, coded by OpenJPEG: irreversible 9/7 wavelet, one tile, one layer,
no component transform. So OpenJPEG's rate-distortion optimization (annex J.14) weighs an error alike
in all components, which is right for components of an orthonormal transform in one unit.

OpenJPEG's comment is dropped and the headers, nearly the same in every file, are deflated against a
typical one: about 30 bytes where there were 170. The tile's data stay as they are.
"""

import struct
import zlib
from typing import Any

import imagecodecs
import numpy as np
from jaxtyping import Int16

from btcnet_jax.errors import FileFormatError

MIN_LEVEL, MAX_LEVEL = 1.0, 130.0
"""Bounds of the quality that can be asked for: almost nothing, and every bit plane."""

# Its stubs allow whole levels only, the library any.
_encode: Any = imagecodecs.jpeg2k_encode
_SOD, _EOC, _COMMENT = b"\xff\x93", b"\xff\xd9", b"\xff\x64"
# SIZ of many components; COD and QCD of 16 bits and five levels; SOT and SOD.
_TYPICAL = bytes.fromhex(
    f"ff4fff510056000000000064000000640000000000000000000000640000006400000000000000000010"
    f"{'8f0101' * 16}ff52001201020001000504040000888888888888"
    "ff5c002342b720b6f0b6f0b6c0af00af00aee0a750a750a76890059005904797d397d39762"
    "ff90000a0000000020000001ff93"
)


def encode_planes(planes: Int16[np.ndarray, "rows cols components"], level: float) -> bytes:
    """Codes planes with the quality asked for.

    Args:
        planes: samples; an error counts the same in all of them.
        level: wanted PSNR in dB against 65535, MIN_LEVEL to MAX_LEVEL. OpenJPEG comes near it only,
            and the size grows with it in steps of about 1 %.

    Returns:
        The codestream in the short form that `decode_planes` takes.
    """
    stream: bytes = _encode(
        planes, level=level, codecformat="J2K", reversible=False, mct=False, planar=False
    )
    end = stream.index(_SOD) + len(_SOD)
    deflate = zlib.compressobj(level=9, wbits=-15, zdict=_TYPICAL)
    header = deflate.compress(_without_comment(stream[:end])) + deflate.flush()
    return header + stream[end:].removesuffix(_EOC)


def decode_planes(
    data: bytes, shape: tuple[int, int, int]
) -> Int16[np.ndarray, "rows cols components"]:
    """Inverse of `encode_planes`, as near as the quality allows.

    Args:
        data: what encode_planes gave.
        shape: (rows, cols, components) of the planes.

    Raises:
        FileFormatError: no codestream of this shape.
    """
    inflate = zlib.decompressobj(wbits=-15, zdict=_TYPICAL)
    try:
        header = inflate.decompress(data)
        planes = imagecodecs.jpeg2k_decode(header + inflate.unused_data + _EOC, planar=False)
    except (zlib.error, imagecodecs.Jpeg2kError) as error:
        raise FileFormatError(f"the JPEG 2000 codestream is damaged: {error}") from error
    if planes.size != np.prod(shape) or planes.dtype != np.int16:
        raise FileFormatError(f"the JPEG 2000 codestream is not of {shape}: the file is damaged")
    return np.asarray(planes.reshape(shape))


def _without_comment(header: bytes) -> bytes:
    """The main and tile-part headers without the COM segment, found by walking the segments."""
    at = 2
    while header[at : at + 2] != _SOD:
        length = 2 + struct.unpack_from(">H", header, at + 2)[0]
        if header[at : at + 2] == _COMMENT:
            return header[:at] + header[at + length :]
        at += length
    return header
