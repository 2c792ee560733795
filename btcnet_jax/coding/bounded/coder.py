"""Codes of a tile to bytes and back."""

import io
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int, Int64

from btcnet_jax.coding.bounded.arrays import WIDEST
from btcnet_jax.coding.bounded.bands import BandCoding, Codes, Words
from btcnet_jax.coding.varint import (
    encode_differences,
    encode_varint,
    read_differences,
    read_varint,
)
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.progress import Progress

_WORD = np.dtype("<u4")


class TileWriter:
    """A tile on its way to bytes.

    Args:
        told: makes the bytes before the words.
        given: what is coded.
        lanes: in which bands are coded.

    Attributes:
        coding: which may be taken to any band before the bytes are asked for.
    """

    def __init__(self, told: Callable[[], bytes], given: Codes, lanes: int = 1) -> None:
        self._told, self.coding = told, BandCoding(given, lanes)

    def data(self, progress: Progress | None = None, jobs: int = 1) -> bytes:
        """The bytes.

        Args:
            progress: of the work.
            jobs: threads, as many as there are lanes at most; with more than 1 another for what is told.
        """
        told: list[bytes] = []
        works = (
            lambda: told.append(self._told()),
            lambda: self.coding.code(None, progress, jobs),
        )
        for _ in in_order(lambda work: work(), works, min(jobs, len(works))):
            pass
        parts = [each.astype(_WORD).tobytes() for each in self.coding.words()]
        sizes = [encode_varint(len(part)) for part in parts[:-1]]
        return b"".join([*told, *sizes, *parts])


def start_tile(
    codes: Int[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
) -> TileWriter:
    """Of a tile without a base.

    Args:
        codes: each from 0 to its band's `largest`; what stands at missing ones is not read.
        missing: True for samples that are not coded; None where all are.
        most: that a restored code may differ.
        largest: codes of each band.
    """
    means = [_mean(band, None if missing is None else missing[z]) for z, band in enumerate(codes)]
    told = encode_differences(means)
    given = Codes(codes.astype(np.int64), missing, most, largest, means)
    return TileWriter(lambda: encode_varint(len(told)) + told, given)


def encode_tile(
    codes: Int[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
    progress: Progress | None = None,
) -> bytes:
    """The bytes of a tile; arguments as of `start_tile`.

    Args:
        progress: of the work.
    """
    return start_tile(codes, missing, most, largest).data(progress)


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
    return _decode(file, shape, (missing, most, largest, means))


def start_apart(
    told: Callable[[], bytes],
    codes: Int64[np.ndarray, "bands rows cols"],
    base: Int64[np.ndarray, "bands rows cols"],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    lanes: int = 1,
) -> TileWriter:
    """Of a tile whose codes are near those of a base.

    Args:
        told: makes the bytes of the base.
        codes, missing, most: as of `start_tile`.
        base: codes that are known.
        lanes: in which bands are coded.
    """
    apart = codes - base
    if missing is not None:
        apart[missing] = 0
    reach = max(int(apart.max(initial=0)), -int(apart.min(initial=0)))
    apart += reach
    given = Codes(apart, missing, most, *_around(reach, len(codes)))
    return TileWriter(lambda: told() + encode_varint(reach), given, lanes)


def decode_apart(
    data: bytes,
    base: Callable[[], Int64[np.ndarray, "bands rows cols"]],
    shape: tuple[int, int, int],
    missing: Bool[np.ndarray, "bands rows cols"] | None,
    most: Int64[np.ndarray, " bands"],
    largest: list[int],
    lanes: int = 1,
    jobs: int = 1,
) -> Int64[np.ndarray, "bands rows cols"]:
    """The restored codes; at missing samples stands anything within the range.

    Args:
        data: of `start_apart`, behind the bytes of the base.
        base: makes the codes that are known, which nothing that is decoded depends on.
        shape: bands, rows and columns of the tile.
        lanes: as of `start_apart`.
        missing, most, largest: as of `decode_tile`.
        jobs: threads, as many as there are lanes at most; with more than 1 another for the base.

    Raises:
        FileFormatError: the data are truncated, extended, altered or do not fit.
    """
    file = io.BytesIO(data)
    reach = read_varint(file)[0]
    if reach > max(largest) or 2 * reach >= 1 << WIDEST:
        raise FileFormatError("a tile's differences are impossible: the file is damaged")
    around = _around(reach, shape[0])
    works = base, lambda: _decode(file, shape, (missing, most, *around), lanes, jobs)
    known, codes = in_order(lambda work: work(), works, min(jobs, len(works)))
    codes += known
    codes -= reach
    return np.clip(codes, 0, np.array(largest)[:, None, None], out=codes)


def _around(reach: int, bands: int) -> tuple[list[int], list[int]]:
    """Largest codes and means of differences within +-reach, which are coded above -reach."""
    return [2 * reach] * bands, [reach] * bands


def _decode(
    file: io.BytesIO,
    shape: tuple[int, ...],
    given: tuple[
        Bool[np.ndarray, "bands rows cols"] | None,
        Int64[np.ndarray, " bands"],
        list[int],
        list[int],
    ],
    lanes: int = 1,
    jobs: int = 1,
) -> Int64[np.ndarray, "bands rows cols"]:
    """Codes of the words of all lanes; `given` as `Codes` has it behind them."""
    parts = [file.read(read_varint(file)[0]) for _ in range(lanes - 1)]
    words = [_words(part) for part in (*parts, file.read())]
    try:
        codes = np.zeros(shape, np.int64)
        BandCoding(Codes(codes, *given), lanes, words).code(jobs=jobs)
    except MemoryError as error:
        raise FileFormatError(f"samples of shape {shape} do not fit into memory") from error
    return codes


def _words(data: bytes) -> Words:
    if len(data) % _WORD.itemsize:
        raise FileFormatError("the coded samples are truncated: the file is damaged")
    return np.frombuffer(data, _WORD).astype(np.uint32)


def _mean(band: Int[np.ndarray, "rows cols"], missing: Bool[np.ndarray, "rows cols"] | None) -> int:
    held = band.ravel() if missing is None else band[~missing]
    return round(float(held.mean(dtype=np.float64))) if held.size else 0
