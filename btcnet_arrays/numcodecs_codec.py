"""The same for numcodecs, the older interface, and with it Zarr 2: `compressor=Btcnet(bpppb=0.1)`."""

from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from btcnet_arrays.chunk_codec import ChunkCodec
from btcnet_jax.codec import Limits
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.errors import ConfigError
from btcnet_jax.extras import require_extra

require_extra("arrays", "numcodecs")

from numcodecs.abc import Codec  # noqa: E402
from numcodecs.compat import ensure_bytes, ndarray_copy  # noqa: E402


class Btcnet(Codec):
    """Codes arrays of rows, columns and bands, lossily.

    Args:
        bpppb, optimize, effort, axes, nodata: as of `ChunkCodec`. An array's fill value is not known here: name
            it as `nodata`.

    Raises:
        ConfigError, DataError: as of `ChunkCodec`.
    """

    codec_id: ClassVar[str] = "btcnet"

    def __init__(self, **configuration: Any) -> None:
        try:
            self._codec = ChunkCodec(**configuration)
        except TypeError as error:
            raise ConfigError(f"the codec {self.codec_id}: {error}") from None

    def get_config(self) -> dict[str, Any]:
        """What stands in an array's metadata."""
        return {"id": self.codec_id, **asdict(self._codec)}

    def encode(self, buf: Any) -> bytes:
        """An array as a file.

        Raises:
            CubeError: as of `ChunkCodec.encode`.
            ConfigError: the file is so small that reading it would take more than `Limits()` allow.
        """
        data = self._codec.encode(np.asarray(buf))
        if read_compressed(data, Limits.none()).needed(Limits()):
            raise ConfigError(
                "the chunk is too large to be read back with care: make smaller chunks"
            )
        return data

    def decode(self, buf: Any, out: Any = None) -> Any:
        """The array of a file. Raises FileFormatError, ModelMismatchError: as of `ChunkCodec.decode`."""
        values = self._codec.decode(ensure_bytes(buf))
        return values if out is None else ndarray_copy(values, out)
