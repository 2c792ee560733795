"""Coders of pictures, asked for a bound: JPEG-LS, JPEG XL and HTJ2K, the cube laid out as one picture.

What is lossless keeps any bound where samples are quantized before, in steps of 2 E + 1; JPEG-LS has a
near-lossless mode of its own besides. Which arrangement and which of the two is smaller is tried.
"""

import io
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from btcnet_benchmark.codecs.arrangements import Arrangement, Cube, arrange, take_apart
from btcnet_benchmark.codecs.library_method import Bands, Targets, Trial, coarsest_kept
from btcnet_benchmark.codecs.picture_coders import LossyCoder, PictureCoder
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.step_finding import Aim, Budget, Precision, find_step
from btcnet_jax.codec.target import Rate
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import CubeError, FileFormatError

_LEVELS = 1 << 16
_PRECISION = Precision.of_shares(7, goal=0.99, enough=0.97, poor=0.9)
_LOW_BYTES = 8


class LosslessPictures:
    """A lossless coder, and its near-lossless mode where it has one: the smallest of what keeps the bound."""

    seeks_bound = False
    targets: Targets = (Bound,)

    def __init__(self, coder: PictureCoder) -> None:
        self.name, self.library = coder.name, coder.library
        near = "near-lossless, or " if coder.most_near else ""
        self.about = (
            f"{near}lossless{coder.about} after quantization in steps of 2 E + 1, the cube as a picture of "
            "stacked bands, of their differences, of lines or of pixels, whichever is smallest"
        )
        self._coder = coder

    def bounded(self, bands: Bands, error: float) -> bytes:
        """See `Method`."""
        step, low = 2 * int(error) + 1, int(bands.min())
        levels = _levels(bands, low, step, self.name)
        wide = _highest(bands, low, 1) >= _LEVELS
        plain = None if wide else _levels(bands, low, 1, self.name)
        found = min(self._trials(levels, plain, step), key=lambda trial: trial[0])
        _, cube, arrangement, near = found
        files = [self._coder.encode(picture, near) for picture in arrange(cube, arrangement)]
        return _pack(arrangement, low, 1 if near else step, files)

    def within(self, bands: Bands, budget: int) -> bytes:
        """Never asked for."""
        raise NotImplementedError

    def restore(
        self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype
    ) -> Float64[np.ndarray, "bands rows cols"]:
        """See `Method`."""
        return _restore(self._coder, data, shape)

    def _trials(
        self, levels: Cube, plain: Cube | None, step: int
    ) -> Iterator[tuple[int, Cube, Arrangement, int]]:
        """Sizes of what could be coded: the samples, how they lie, and near-lossless how far."""
        near = step // 2
        for arrangement in Arrangement:
            pictures = arrange(levels, arrangement)
            yield sum(map(self._coder.probe, pictures)), levels, arrangement, 0
            can = 0 < near <= self._coder.most_near and arrangement != Arrangement.DIFFERENCES
            if can and plain is not None:
                files = [
                    self._coder.encode(picture, near) for picture in arrange(plain, arrangement)
                ]
                yield sum(map(len, files)), plain, arrangement, near


class LossyPictures:
    """A lossy coder without a promise: the coarsest setting that keeps a bound, or the finest within a rate."""

    seeks_bound = True
    targets: Targets = (Rate, Bound)

    def __init__(self, coder: LossyCoder) -> None:
        self.name, self.library = f"{coder.name} lossy", coder.library
        self.about = (
            f"{coder.lossy_about}, the cube as a picture of pixels below one another; of a bound the coarsest "
            "setting whose measured greatest error is within it, for the coder promises none"
        )
        self._coder = coder

    def bounded(self, bands: Bands, error: float) -> bytes:
        """See `Method`."""
        low = int(bands.min())
        levels = _levels(bands, low, 1, self.name)

        def decode(data: bytes) -> Float64[np.ndarray, "bands rows cols"]:
            return _restore(self._coder, data, bands.shape)

        ends = self._coder.finest, self._coder.coarsest
        data = coarsest_kept(bands, error, ends, lambda s: self._encode(levels, low, s), decode)
        if data is None:
            raise CubeError(f"{self.name}: no setting keeps a bound of {error:g}")
        return data

    def within(self, bands: Bands, budget: int) -> bytes:
        """See `Method`."""
        low, coder = int(bands.min()), self._coder
        levels = _levels(bands, low, 1, self.name)

        def attempt(setting: float) -> Trial:
            held = min(max(setting, coder.finest), coder.coarsest)
            return Trial(
                self._encode(levels, low, held), held == coder.coarsest, held == coder.finest
            )

        aim: Aim[Trial] = Budget(budget)
        return find_step(attempt, coder.usual, aim, _PRECISION).data

    def restore(
        self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype
    ) -> Float64[np.ndarray, "bands rows cols"]:
        """See `Method`."""
        return _restore(self._coder, data, shape)

    def _encode(self, levels: Cube, low: int, setting: float) -> bytes:
        files = [
            self._coder.encode_lossy(picture, setting)
            for picture in arrange(levels, Arrangement.PIXELS)
        ]
        return _pack(Arrangement.PIXELS, low, 1, files)


def _levels(bands: Bands, low: int, step: int, name: str) -> Cube:
    """Samples as numbers of a step, from 0 on.

    Raises:
        CubeError: samples that are no integers, or of more than 16 bits.
    """
    if bands.dtype.kind == "f":
        raise CubeError(f"{name} codes integers, not {bands.dtype}")
    highest = _highest(bands, low, step)
    if highest >= _LEVELS:
        raise CubeError(f"{name} codes 16 bits, and the samples span {highest + 1} levels")
    wide = bands.astype(np.int64) - low
    return ((wide + step // 2) // step).astype(np.uint16)


def _highest(bands: Bands, low: int, step: int) -> int:
    return (int(bands.max()) - low + step // 2) // step


def _pack(arrangement: Arrangement, low: int, step: int, files: list[bytes]) -> bytes:
    parts = [bytes([arrangement]), low.to_bytes(_LOW_BYTES, "little", signed=True)]
    parts.append(encode_varint(step))
    for file in files:
        parts += [encode_varint(len(file)), file]
    return b"".join(parts)


def _restore(
    coder: PictureCoder, data: bytes, shape: tuple[int, int, int]
) -> Float64[np.ndarray, "bands rows cols"]:
    file = io.BytesIO(data)
    try:
        arrangement = Arrangement(file.read(1)[0])
        low = int.from_bytes(file.read(_LOW_BYTES), "little", signed=True)
        step, pictures = read_varint(file)[0], []
        while file.tell() < len(data):
            pictures.append(coder.decode(file.read(read_varint(file)[0])))
        cube = take_apart(pictures, arrangement, shape)
    except (IndexError, ValueError) as error:
        raise FileFormatError(f"the {coder.name} stream is damaged: {error}") from error
    return cube.astype(np.float64) * step + low
