"""Codes of a tile to bytes and back: the kernel's bands one after another."""

import io

import numpy as np
from jaxtyping import Bool, Int, Int64, UInt32

from btcnet_jax.coding.bounded.arrays import FEATURE_BITS, MOST_STEPS, WIDEST, Band, State
from btcnet_jax.coding.context.kernel.arrays import WRITTEN, Stream
from btcnet_jax.coding.varint import (
    encode_differences,
    encode_varint,
    read_differences,
    read_varint,
)
from btcnet_jax.errors import FileFormatError
from btcnet_jax.progress import Progress

_WORD = np.dtype("<u4")


def encode_tile(
    codes: Int[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
    progress: Progress | None = None,
) -> bytes:
    """The bytes of a tile.

    Args:
        codes: each from 0 to its band's `largest`; what stands at missing ones is not read.
        missing: True for samples that are not coded; None where all are.
        most: that a restored code may differ.
        largest: codes of each band.
        progress: of the work.
    """
    means = [_mean(band, None if missing is None else missing[z]) for z, band in enumerate(codes)]
    stream = _code(codes.astype(np.int64), missing, most, largest, means, None, progress)
    told = encode_differences(means)
    return encode_varint(len(told)) + told + stream.astype(_WORD).tobytes()


def decode_tile(
    data: bytes,
    shape: tuple[int, int, int],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
) -> Int64[np.ndarray, "bands rows cols"]:
    """The restored codes; at missing samples stands anything within the range.

    Args:
        data: of `encode_tile`.
        shape: bands, rows and columns of the tile.
        missing, most, largest: as of `encode_tile`.

    Raises:
        FileFormatError: the data are truncated, extended, altered or do not fit.
    """
    file = io.BytesIO(data)
    told = io.BytesIO(file.read(read_varint(file)[0]))
    means = read_differences(told, shape[0])
    if told.read(1) or any(not 0 <= mean <= top for mean, top in zip(means, largest, strict=True)):
        raise FileFormatError("the means of a tile do not fit its bands: the file is damaged")
    return _decode(file.read(), shape, missing, most, largest, means)


def encode_apart(
    codes: Int64[np.ndarray, "bands rows cols"],
    base: Int64[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    progress: Progress | None = None,
) -> bytes:
    """The bytes of a tile whose codes are near those of a base.

    Args:
        codes, missing, most, progress: as of `encode_tile`.
        base: codes that are known.
    """
    apart = codes - base
    if missing is not None:
        apart[missing] = 0
    reach = int(np.abs(apart).max(initial=0))
    stream = _code(apart + reach, missing, most, *_around(reach, len(codes)), None, progress)
    return encode_varint(reach) + stream.astype(_WORD).tobytes()


def decode_apart(
    data: bytes,
    base: Int64[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
) -> Int64[np.ndarray, "bands rows cols"]:
    """The restored codes; at missing samples stands anything within the range.

    Args:
        data: of `encode_apart`.
        base: as there.
        missing, most, largest: as of `decode_tile`.

    Raises:
        FileFormatError: the data are truncated, extended, altered or do not fit.
    """
    file = io.BytesIO(data)
    reach = read_varint(file)[0]
    if reach > max(largest) or 2 * reach >= 1 << WIDEST:
        raise FileFormatError("a tile's differences are impossible: the file is damaged")
    codes = _decode(file.read(), base.shape, missing, most, *_around(reach, len(base)))
    codes += base - reach
    return np.clip(codes, 0, np.array(largest)[:, None, None], out=codes)


def _around(reach: int, bands: int) -> tuple[list[int], list[int]]:
    """Largest codes and means of differences within +-reach, which are coded above -reach."""
    return [2 * reach] * bands, [reach] * bands


def _decode(
    data: bytes,
    shape: tuple[int, ...],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
    means: list[int],
) -> Int64[np.ndarray, "bands rows cols"]:
    if len(data) % _WORD.itemsize:
        raise FileFormatError("the coded samples are truncated: the file is damaged")
    try:
        codes = np.zeros(shape, np.int64)
        stream = np.frombuffer(data, _WORD).astype(np.uint32)
        _code(codes, missing, most, largest, means, stream, None)
    except MemoryError as error:
        raise FileFormatError(f"samples of shape {shape} do not fit into memory") from error
    return codes


def _code(
    codes: Int64[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
    means: list[int],
    words: UInt32[np.ndarray, " words"] | None,
    progress: Progress | None,
) -> UInt32[np.ndarray, " words"]:
    """Decodes words into `codes`, or writes those of what it holds and restores it there; gives the words."""
    from btcnet_jax.coding.bounded.band import code_band

    bands, rows, cols = codes.shape
    state, stream, decoding = State.nothing(rows, cols), Stream.start(words), words is not None
    shift = max(max(largest).bit_length() - FEATURE_BITS, 0)
    code, nowhere = code_band.taking(state), np.zeros((rows, cols), np.uint8)
    for band in range(bands):
        if not decoding:
            stream = stream.with_room(MOST_STEPS * rows * cols)
        absent = nowhere if missing is None else missing[band].astype(np.uint8)
        bound = min(int(most[band]), largest[band])
        last = band == bands - 1
        kind = Band(band, means[band], bound, largest[band], shift)
        if not code(stream, kind, codes[band], absent, last, decoding):
            raise FileFormatError("the coded samples are invalid: the file is damaged")
        if progress is not None:
            progress(band + 1, bands)
    if decoding and stream.counts[WRITTEN] != len(stream.words):
        raise FileFormatError("the coded samples do not end where they should: the file is damaged")
    return stream.words[: stream.counts[WRITTEN]]


def _mean(band: Int[np.ndarray, "rows cols"], missing: Bool[np.ndarray, "rows cols"] | None) -> int:
    held = band.ravel() if missing is None else band[~missing]
    return round(float(held.mean(dtype=np.float64))) if held.size else 0
