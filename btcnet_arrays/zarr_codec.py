"""The codec "btcnet" of Zarr 3, from arrays to bytes: `serializer=BtcnetSerializer(bpppb=0.1)`.

A chunk is the bytes of one .btcn file.

Source: "Zarr core specification, version 3", codecs.
"""

import asyncio
import warnings
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from btcnet_arrays.chunk_codec import ChunkCodec
from btcnet_arrays.chunk_shapes import Shape, better_chunks
from btcnet_jax.errors import ConfigError, DataWarning
from btcnet_jax.extras import require_extra

require_extra("arrays", "zarr")

from zarr.abc.codec import ArrayBytesCodec  # noqa: E402

NAME = "btcnet"


class BtcnetSerializer(ArrayBytesCodec):
    """Codes chunks of hyperspectral cubes, lossily; `zarr.open` finds it by its name and configuration.

    Samples that equal the array's fill value or `nodata`, NaN and infinite ones come back as they are, and no
    others as one of these.

    Args:
        bpppb, optimize, effort, axes, nodata: as of `ChunkCodec`.

    Raises:
        ConfigError, DataError: as of `ChunkCodec`.
    """

    is_fixed_size = False

    def __init__(self, **configuration: Any) -> None:
        known = [field.name for field in fields(ChunkCodec)]
        if unknown := [name for name in configuration if name not in known]:
            raise ConfigError(
                f"the codec {NAME} has no {unknown[0]!r:.40}: it has {', '.join(known)}"
            )
        self._codec, self._is_stored = ChunkCodec(**configuration), False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "BtcnetSerializer":
        """The codec that an array's metadata name. Raises ConfigError, DataError: as of the class."""
        configuration = data.get("configuration") or {}
        if data.get("name") != NAME or not isinstance(configuration, Mapping):
            raise ConfigError(f"this is no configuration of the codec {NAME}: {data!r:.60}")
        codec = cls(**configuration)
        codec._is_stored = True
        return codec

    def to_dict(self) -> dict[str, Any]:
        """What stands in the metadata."""
        return {"name": NAME, "configuration": asdict(self._codec)}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse arrays whose chunks cannot be coded.

        Raises:
            CubeError: their chunks are no cubes, or their samples neither integers nor floats of up to 64 bits.

        Warns:
            DataWarning: of chunks that code badly, where an array is made with this codec; says better ones.
        """
        # Grids of chunks of several shapes have none: each chunk is looked at when it is coded.
        chunk = getattr(chunk_grid, "chunk_shape", None)
        if chunk is None:
            return
        self._codec.require(tuple(chunk), dtype.to_native_dtype())
        sizes = Shape(*self._codec.cube_shape(shape)), Shape(*self._codec.cube_shape(chunk))
        found = None if self._is_stored else better_chunks(*sizes)
        if found is not None:
            why, better = found
            text = (
                f"{why}: quality is lost; better are chunks of {better.rows} rows, {better.cols} columns"
                f" and {better.bands} bands"
            )
            warnings.warn(text, DataWarning, stacklevel=2)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        """Not known before it is coded."""
        raise NotImplementedError

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        data = self._codec.encode(np.asarray(chunk_data.as_numpy_array()), chunk_spec.fill_value)
        return chunk_spec.prototype.buffer.from_bytes(data)

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        data = chunk_data.to_bytes()
        values = self._codec.decode(data, tuple(chunk_spec.shape), chunk_spec.fill_value)
        dtype = chunk_spec.dtype.to_native_dtype()
        return chunk_spec.prototype.nd_buffer.from_numpy_array(values.astype(dtype, copy=False))

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return await asyncio.to_thread(self._encode_sync, chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BtcnetSerializer) and other._codec == self._codec

    def __hash__(self) -> int:
        return hash(self._codec)

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in asdict(self._codec).items())
        return f"{type(self).__name__}({told})"
