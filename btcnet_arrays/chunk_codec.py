"""Chunks of an array to the bytes of a file each, and back: what Zarr's and numcodecs' codecs share."""

import functools
import io
import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Num, Shaped

from btcnet_jax.codec import Codec, Limits, Rate, load
from btcnet_jax.codec.build import DEFAULT_BPPPB
from btcnet_jax.codec.open_file import codec_of
from btcnet_jax.container.compressed_file import open_compressed
from btcnet_jax.errors import ConfigError, CubeError, DataError, FileFormatError
from btcnet_jax.scene import Scene
from btcnet_jax.scene.suspicion import warn_of_range
from data_pipeline.readers.axes import parse_axes

_AXES = 3
_OPTIMIZE, _EFFORT = "balanced", "full"
# Bytes in memory that a sample may take, with mask and planes: see `Limits`.
_ROOM = 12


@dataclass(frozen=True)
class ChunkCodec:
    """How chunks are coded; all of it may stand in an array's metadata.

    Attributes:
        bpppb: bits a pixel and band that a chunk may take at most; one that is too small for that gets its
            smallest file.
        optimize: what is made best, as of `load`.
        effort: of the encoder, "full" or "light".
        axes: how rows, columns and bands lie in the last three axes of the array, such as "bands,rows,cols";
            any axes before them have chunks of length 1.
        nodata: value of samples that are no data, besides the array's fill value.

    Raises:
        ConfigError: a rate that is not above zero, a nodata value that is no finite number, or another word.
        DataError: axes that are not each of the three once.
    """

    bpppb: float = DEFAULT_BPPPB
    optimize: str = _OPTIMIZE
    effort: str = _EFFORT
    axes: str = "rows,cols,bands"
    nodata: int | float | None = None

    def __post_init__(self) -> None:
        Rate(self.bpppb)
        number = isinstance(self.nodata, numbers.Real) and not isinstance(self.nodata, bool)
        if self.nodata is not None and not (number and math.isfinite(self.nodata)):
            raise ConfigError(
                f"nodata is a finite number, not {self.nodata!r:.40}; NaN always is none"
            )
        if not isinstance(self.axes, str) or parse_axes(self.axes) is None:
            raise DataError(f"axes are three names, such as rows,cols,bands, not {self.axes!r:.40}")
        _codec(self.optimize, self.effort)

    def require(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Refuse chunks that are no cubes.

        Args:
            shape: of a chunk.
            dtype: of its samples: integers and floats of up to 64 bits.

        Raises:
            CubeError: says what they must be.
        """
        if dtype.kind not in "iuf" or dtype.itemsize > 8:
            raise CubeError(
                f"samples are {dtype}: btcnet codes integers and floats of up to 64 bits"
            )
        if len(shape) < _AXES or math.prod(shape[:-_AXES]) != 1 or 0 in shape:
            raise CubeError(
                f"chunks are {shape}: btcnet codes cubes of {self.axes}, with chunks of length 1 in axes"
                " before these"
            )

    def cube_shape(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """Rows, columns and bands of an array or a chunk of this shape."""
        rows, cols, bands = (shape[-_AXES:][axis] for axis in self._order)
        return rows, cols, bands

    def encode(self, chunk: Shaped[np.ndarray, "..."], fill: Any = None) -> bytes:
        """A chunk as a file.

        Args:
            chunk: of a shape that `require` takes.
            fill: the array's fill value, if it has one. Samples that equal it or `nodata`, NaN and infinite
                ones are no data and come back as they are.

        Raises:
            CubeError: as of `require`, or of a range that float64 cannot hold.

        Warns:
            DataWarning: the range looks as if another value marked missing samples.
        """
        self.require(chunk.shape, chunk.dtype)
        cube = chunk.reshape(chunk.shape[-_AXES:]).transpose(self._order)
        cube = np.ascontiguousarray(cube, cube.dtype.newbyteorder("="))
        mask = np.ones(cube.shape, bool)
        for mark in self._marks(fill):
            mask &= cube != mark
        scene = Scene(values=cube, mask=None if mask.all() else mask)
        warn_of_range(scene, "the chunk")
        return _codec(self.optimize, self.effort).compress(
            scene, Rate(self.bpppb, or_smallest=True)
        )

    def decode(
        self, data: bytes, shape: tuple[int, ...] | None = None, fill: Any = None
    ) -> Num[np.ndarray, "..."]:
        """A chunk of a file, whatever it was coded with.

        Args:
            data: the file.
            shape: of the chunk; None for that of the file's cube.
            fill: as of `encode`; a sample that is data is restored neither to it nor to `nodata`.

        Raises:
            FileFormatError: the file is damaged, or of a chunk of another shape.
            ModelMismatchError: a trained model wrote it that is not known here.
        """
        limits = None if shape is None else Limits.of_bytes(_ROOM * math.prod(shape))
        file = open_compressed(io.BytesIO(data), limits)
        held = (file.header.rows, file.header.cols, file.header.bands)
        if shape is not None and held != self.cube_shape(shape):
            raise FileFormatError(
                f"the chunk holds {held} rows, columns and bands, not {self.cube_shape(shape)}: it is damaged"
            )
        codec = _codec(_OPTIMIZE, _EFFORT) if file.header.is_universal else codec_of(file.header)
        scene = codec.decompress(file)
        for mark in self._marks(fill):
            _set_apart(scene, mark)
        values = scene.values.transpose(np.argsort(self._order))
        return values if shape is None else values.reshape(shape)

    def _marks(self, fill: Any) -> list[Any]:
        """What marks missing samples by itself, in ascending order."""
        return sorted({mark for mark in (fill, self.nodata) if mark is not None and mark == mark})

    @property
    def _order(self) -> tuple[int, int, int]:
        order = parse_axes(self.axes)
        assert order is not None, "checked when it was made"
        return order


@functools.cache
def _codec(optimize: str, effort: str) -> Codec:
    for given in (optimize, effort):
        if not isinstance(given, str):
            raise ConfigError(f"optimize and effort are words, not {given!r:.40}")
    return load(optimize=optimize, effort=effort)


def _set_apart(scene: Scene, mark: Any) -> None:
    """Samples that are data and were restored to what marks missing ones get the one next to it."""
    values = scene.values
    apart = values == mark
    if scene.mask is not None:
        apart &= scene.mask if scene.mask.ndim == values.ndim else scene.mask[..., None]
    if values.dtype.kind == "f":
        values[apart] = np.nextafter(values.dtype.type(mark), values.dtype.type(np.inf))
    else:
        values[apart] = mark + 1 if mark < np.iinfo(values.dtype).max else mark - 1
