"""The MASK section: which samples are no data and what they hold, deflated (RFC 1950).

fills (varint)  each fill, little-endian, in the type of the samples
planes (varint)  runs of bands: length (varint), plane (varint)
planes one after another: each line as the exclusive or with the line above it;
    of one fill in bits, 8 samples a byte, the first sample first (most significant), each line padded;
    of more a byte a sample: 0 where it is data, else 1 + the index of the fill
"""

import io
import zlib
from itertools import groupby

import numpy as np
from jaxtyping import Int, Num, UInt8

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError
from btcnet_jax.scene.missing_samples import MOST_FILLS, Missing


def pack_mask(missing: Missing) -> bytes:
    """The payload of MASK."""
    head = mask_head(missing.fills, missing.plane_of_band, len(missing.planes))
    lines = missing.planes
    if len(missing.fills) == 1:
        lines = np.packbits(lines, axis=2)
    before = np.concatenate([np.zeros_like(lines[:, :1]), lines[:, :-1]], axis=1)
    return zlib.compress(head + (lines ^ before).tobytes(), 9)


def mask_head(
    fills: Num[np.ndarray, " fills"], plane_of_band: Int[np.ndarray, " bands"], planes: int
) -> bytes:
    """What stands before the planes, inflated: fills, and which plane each band has."""
    little = fills.astype(fills.dtype.newbyteorder("<"))
    parts = [encode_varint(len(fills)), little.tobytes(), encode_varint(planes)]
    for plane, run in groupby(plane_of_band.tolist()):
        parts += [encode_varint(len(list(run))), encode_varint(plane)]
    return b"".join(parts)


def unpack_mask(payload: bytes, shape: tuple[int, int, int], dtype: np.dtype) -> Missing:
    """Inverse of `pack_mask`.

    Args:
        payload: of MASK.
        shape: rows, columns and bands of the scene.
        dtype: of its samples.

    Raises:
        FileFormatError: the payload is damaged, or not of such a scene.
    """
    rows, cols, bands = shape
    # The longest that a mask of such a scene can be: a plane of bytes for each band.
    longest = bands * (rows * cols + 20) + MOST_FILLS * dtype.itemsize + 20
    try:
        inflater = zlib.decompressobj()
        file = io.BytesIO(inflater.decompress(payload, longest))
    except zlib.error as error:
        raise FileFormatError("the mask is damaged") from error
    if not inflater.eof or inflater.unused_data:
        raise FileFormatError("the mask is cut short or too long: the file is damaged")
    fills = _read_fills(file, dtype)
    count, plane_of_band = _read_runs(file, bands)
    planes = _read_planes(file.read(), count, rows, cols, len(fills))
    return Missing(planes, plane_of_band, fills)


def _read_fills(file: io.BytesIO, dtype: np.dtype) -> np.ndarray:
    count = read_varint(file)[0]
    data = file.read(min(count, MOST_FILLS) * dtype.itemsize)
    if not 0 < count <= MOST_FILLS or len(data) < count * dtype.itemsize:
        raise FileFormatError("the mask names no values, or too many: the file is damaged")
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype)


def _read_runs(file: io.BytesIO, bands: int) -> tuple[int, Int[np.ndarray, " bands"]]:
    count, plane_of_band = read_varint(file)[0], np.zeros(bands, np.int64)
    if count > bands:
        raise FileFormatError("the mask has more planes than bands: the file is damaged")
    start = 0
    while start < bands:
        run, plane = read_varint(file)[0], read_varint(file)[0]
        if not 0 < run <= bands - start or plane >= count:
            raise FileFormatError("the bands of the mask do not add up: the file is damaged")
        plane_of_band[start : start + run] = plane
        start += run
    return count, plane_of_band


def _read_planes(
    data: bytes, count: int, rows: int, cols: int, fills: int
) -> UInt8[np.ndarray, "planes rows cols"]:
    width = -(-cols // 8) if fills == 1 else cols
    if len(data) != count * rows * width:
        raise FileFormatError("the mask is of another scene: the file is damaged")
    steps = np.frombuffer(data, np.uint8).reshape(count, rows, width)
    lines = np.bitwise_xor.accumulate(steps, axis=1)
    planes = np.unpackbits(lines, axis=2, count=cols) if fills == 1 else lines
    if planes.size and planes.max() > fills:
        raise FileFormatError("the mask names a value that it lacks: the file is damaged")
    return planes
