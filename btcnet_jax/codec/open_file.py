"""A compressed file on disk: what it says, which codec wrote it, and its scene."""

import os
from functools import cached_property
from pathlib import Path

from btcnet_jax.codec.build import load
from btcnet_jax.codec.codec import Codec
from btcnet_jax.container.compressed_file import CompressedFile, read_compressed
from btcnet_jax.container.header import Header
from btcnet_jax.errors import ModelMismatchError
from btcnet_jax.files import read_file
from btcnet_jax.metrics import bits_per_sample
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene


class OpenFile:
    """A file that was read and checked, but not decoded yet.

    Args:
        file: taken apart.
        model: folder of the trained model that wrote it, where one did.

    Attributes:
        file, header: its sections, and what the first of them says.
        shape: rows, columns and bands of the scene.
        bpppb: bits of the whole file a pixel and band.
    """

    def __init__(self, file: CompressedFile, model: str | Path | None = None) -> None:
        self.file, self.header = file, file.header
        self._model = model
        self.shape = (file.header.rows, file.header.cols, file.header.bands)
        self.bpppb = bits_per_sample(file.size, *self.shape)

    @cached_property
    def codec(self) -> Codec:
        """The codec that wrote the file.

        Raises:
            ModelMismatchError: a trained model wrote it and none was named, or the other way around.
            CheckpointError: the model cannot be read.
        """
        return codec_of(self.header, self._model)

    def decompress(self, progress: Progress | None = None, ensemble: int | None = None) -> Scene:
        """The restored scene; arguments and errors are those of `Codec.decompress` and of `codec`."""
        return self.codec.decompress(self.file, progress, ensemble)


def open_file(path: str | os.PathLike[str], model: str | Path | None = None) -> OpenFile:
    """Reads and checks a compressed file; nothing is decoded yet.

    Args:
        path: of the file.
        model: folder of the trained model that wrote it, where one did.

    Raises:
        BtcnetError: the file cannot be read.
        FileFormatError: not a compressed file, truncated, altered, or of a newer version.
    """
    return OpenFile(read_compressed(read_file(path)), model)


def codec_of(header: Header, model: str | Path | None = None) -> Codec:
    """The codec that wrote a file: the one place that decides it.

    Args:
        header: of the file.
        model: folder of a trained model, if one was named.

    Raises:
        ModelMismatchError: a trained model wrote the file and none was named, or the other way around.
        CheckpointError: the model cannot be read.
    """
    if header.is_universal:
        if model is not None:
            raise ModelMismatchError("the universal codec wrote the file: leave out --model")
        return load()
    if model is None:
        raise ModelMismatchError(
            f"the trained model {header.fingerprint.hex()} wrote the file: name it with --model"
        )
    return load(model)
