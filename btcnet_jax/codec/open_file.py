"""A compressed file: what it says, which codec wrote it, and its scene or parts of it."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from btcnet_jax.codec.build import bounded_codec, load
from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.regions import Damage
from btcnet_jax.container.compressed_file import CompressedFile, open_compressed
from btcnet_jax.container.container import MAGIC
from btcnet_jax.container.header import Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.scene_sections import read_info
from btcnet_jax.errors import ConfigError, DataError, FileFormatError, ModelMismatchError
from btcnet_jax.metrics import bits_per_sample
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import SceneInfo
from btcnet_jax.scene.stream import SceneStream
from btcnet_jax.sources import Source, open_source
from btcnet_jax.zoo import find_fingerprint, is_bounded, is_universal, missing_folders


class OpenFile:
    """A file of which the header was read and checked, but nothing is decoded yet.

    `file[r0:r1, c0:c1, b0:b1]` is a part of its scene: of the universal codec's files only the tiles that it
    needs are read. A trained network's file is decoded whole, then cut.

    Args:
        file: taken apart.
        model: that wrote it, as of `load`, where a trained one did that is not known by its fingerprint.
        weights, decoder: to restore a file of the universal codec with, as of `load`.

    Attributes:
        file, header: its sections, and what the first of them says.
        shape: rows, columns and bands of the scene.
        dtype: of its samples.
        bpppb: bits of the whole file a pixel and band.
    """

    def __init__(
        self,
        file: CompressedFile,
        model: str | Path | None = None,
        weights: str | Path | None = None,
        decoder: str | None = None,
    ) -> None:
        self.file, self.header = file, file.header
        self._model, self._weights, self._decoder = model, weights, decoder
        self.shape = (file.header.rows, file.header.cols, file.header.bands)
        self.dtype = np.dtype(file.header.dtype)
        self.bpppb = bits_per_sample(file.size, *self.shape)

    @cached_property
    def codec(self) -> Codec:
        """The codec that wrote the file.

        Raises:
            ModelMismatchError: a trained model wrote it and none was named, or the other way around.
            CheckpointError: the model cannot be read.
        """
        return codec_of(self.header, self._model, self._weights, self._decoder)

    @cached_property
    def info(self) -> SceneInfo:
        """What is known of the scene besides its samples, without decoding these.

        Raises:
            FileFormatError: the metadata are damaged.
        """
        return SceneInfo(**read_info(self.file))

    @property
    def wavelengths(self) -> Float64[np.ndarray, " bands"] | None:
        """Center of each band in nanometers, where the file says it."""
        return self.info.wavelengths

    def decompress(
        self,
        progress: Progress | None = None,
        ensemble: int | None = None,
        *,
        part: Part | None = None,
        damage: Damage | None = None,
        jobs: int = 1,
    ) -> Scene:
        """The restored scene; arguments and errors are those of `Codec.decompress` and of `codec`."""
        return self.codec.decompress(
            self.file, progress, ensemble, part=part, damage=damage, jobs=jobs
        )

    def stream(
        self,
        progress: Progress | None = None,
        ensemble: int | None = None,
        *,
        part: Part | None = None,
        damage: Damage | None = None,
        jobs: int = 1,
    ) -> SceneStream:
        """The same, a large scene some lines at a time; a damaged tile is found when its lines are taken."""
        return self.codec.restoration(
            self.file, progress, ensemble, part=part, damage=damage, jobs=jobs
        ).stream()

    def __getitem__(self, wanted: Any) -> Scene:
        """Part of the scene, with what is known of it: its place on the ground, its bands' wavelengths.

        Args:
            wanted: rows, columns and bands as of `Part.of`, as many as are wanted, or `...` for the rest. A
                number alone keeps its axis, for a scene has three.

        Raises:
            DataError: some of it is outside of the scene, or nothing is selected.
            FileFormatError, ModelMismatchError: as of `decompress`.
        """
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        if any(each is Ellipsis for each in wanted):
            at = next(i for i, each in enumerate(wanted) if each is Ellipsis)
            rest = len(self.shape) - len(wanted) + 1
            wanted = (*wanted[:at], *[None] * rest, *wanted[at + 1 :])
        if len(wanted) > len(self.shape) or any(each is Ellipsis for each in wanted):
            raise DataError(f"a scene has {len(self.shape)} axes: rows, columns and bands")
        return self.decompress(part=Part.of(self.shape, *wanted))


def open_file(
    path: Source,
    model: str | Path | None = None,
    limits: Limits | None = None,
    *,
    weights: str | Path | None = None,
    decoder: str | None = None,
) -> OpenFile:
    """Reads and checks a compressed file; nothing is decoded yet, and of its tiles none is read.

    Args:
        path: of the file; or its URL, where fsspec is installed; or a binary file object that can be sought in,
            which must stay open as long as it is used.
        model: that wrote it, as of `load`, where a trained one did that is not known by its fingerprint.
        limits: of what the file may ask for; `Limits()` if None.
        weights, decoder: to restore a file of the universal codec with, as of `load`.

    Raises:
        BtcnetError: the file cannot be read.
        MissingExtraError: a URL, and fsspec is not installed.
        FileFormatError: not a compressed file, truncated, altered, of a newer version, or beyond the limits.
    """
    file = open_source(path)
    start = file.read(len(MAGIC))
    if start and start != MAGIC:
        raise FileFormatError(
            "this is not a compressed file: it does not start with the letters BTCN; a cube is read by"
            " data_pipeline.readers.read_scene"
        )
    file.seek(0)
    return OpenFile(open_compressed(file, limits), model, weights, decoder)


def codec_of(
    header: Header,
    model: str | Path | None = None,
    weights: str | Path | None = None,
    decoder: str | None = None,
) -> Codec:
    """The codec that wrote a file: the one place that decides it.

    Args:
        header: of the file.
        model: as of `load`, if one was named.
        weights, decoder: as of `load`, if they were named.

    Raises:
        ConfigError: another codec wrote the file, and weights or a decoder of the universal codec were named.
        ModelMismatchError: a trained model wrote the file that is not known here and was not named, another
            was named, or the universal codec wrote it.
        CheckpointError: the model cannot be read.
    """
    if decoder is not None and not header.is_universal:
        raise ConfigError(
            f"--decoder {decoder} is of the universal codec, and another one wrote the file: leave it out"
        )
    if header.is_bounded:
        return _bounded(model, weights)
    if header.is_universal:
        if not is_universal(model):
            raise ModelMismatchError("the universal codec wrote the file: leave out --model")
        return load(weights=weights, decoder=decoder)
    if weights is not None:
        raise ConfigError(
            "a trained model wrote the file: --weights are of the universal codec, leave them out"
        )
    # A model that is known here needs no name; one that was named is taken, unless it is plainly another.
    found = find_fingerprint(header.fingerprint)
    if model is None:
        if found is None:
            away = "".join(f"; {text}" for text in missing_folders())
            raise ModelMismatchError(
                f"the trained model {header.fingerprint.hex()} wrote the file: name it with --model{away}"
            )
        return load(found.path)
    if is_universal(model):
        raise ModelMismatchError("a trained model wrote the file, not the universal codec")
    codec = load(model)
    if found is not None and codec.fingerprint != header.fingerprint:
        raise ModelMismatchError(
            f"{found.name} wrote the file, not {model}: use --model {found.name}, or leave --model out"
        )
    return codec


def _bounded(model: str | Path | None, weights: str | Path | None) -> Codec:
    """The codec of files that bound the error, which has neither model nor weights."""
    if model is not None and not is_bounded(model):
        raise ModelMismatchError("the bounded codec wrote the file: leave out --model")
    if weights is not None:
        raise ConfigError("the bounded codec wrote the file, which has no weights: leave them out")
    return bounded_codec()
