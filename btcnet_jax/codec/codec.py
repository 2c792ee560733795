"""A cube to the bytes of one file and back: the model, the coder and the container together."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64, Num, Shaped

from btcnet_jax.checkpoints import load_model
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import LEARNED
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.header import EntropyModelId, Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError, ModelMismatchError
from btcnet_jax.metrics import bits_per_sample
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.prior_tables import Tables, make_tables
from btcnet_jax.parts.learned_latent import LearnedLatent
from btcnet_jax.parts.network import Progress, SceneTransform
from btcnet_jax.parts.range_latent import RangeLatent
from btcnet_jax.scene.value_range import (
    ValueRange,
    check_cube,
    denormalize,
    normalize_and_pad,
    padded_size,
)


class Codec:
    """One model, ready to compress and decompress.

    Args:
        config: the model's configuration.
        params: its parameters, float32.
        tables: the integer tables of a learned prior, as stored with the parameters; without them
            they are made anew.

    Attributes:
        levels: how many rates the model has; level 0 is the coarsest.
    """

    def __init__(self, config: ModelConfig, params: Params, tables: Tables | None = None) -> None:
        self.config = config
        self.levels = config.rate_levels
        tables = tables or make_tables(config, params)
        self.fingerprint = model_fingerprint(config, params, tables)
        self._transform = SceneTransform(config, params)
        self._latent: LearnedLatent | RangeLatent = (
            LearnedLatent(config, params, tables)
            if config.quantizer == LEARNED
            else RangeLatent(config)
        )
        self._model_fields = {
            "bands": config.bands,
            "bits": config.bits,
            "latent_channels": config.latent_channels,
            "entropy_model": _entropy_model(config),
        }

    @classmethod
    def load(cls, folder: str | Path) -> "Codec":
        """The codec of a trained run's newest checkpoint.

        Raises:
            CheckpointError: no usable checkpoint in `folder`.
        """
        saved = load_model(folder)
        return cls(saved.config, saved.params, saved.tables)

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for cubes of this size; without it the first call of a size compiles."""
        self._transform.prepare(*padded_size(rows, cols, self._transform.multiple))

    def compress(self, cube: Shaped[np.ndarray, "..."], level: int | None = None) -> bytes:
        """The bytes of a compressed file.

        Args:
            cube: (rows, cols, bands), any size, integer or float up to 64 bits; as many bands as
                the model was trained for.
            level: of the model's rates, 0 the coarsest; by default the finest, its best quality.

        Raises:
            CubeError: the cube cannot be compressed with this model; says why.
            ConfigError: the model has no such level.
        """
        return next(self._files(cube, [self._require_level(level)]))

    def each_level(self, cube: Shaped[np.ndarray, "..."]) -> Iterator[bytes]:
        """The file at every level, from the finest to the coarsest; the cube is analyzed once.

        Raises:
            CubeError: the cube cannot be compressed with this model; says why.
        """
        return self._files(cube, range(self.levels - 1, -1, -1))

    def compress_within(self, cube: Shaped[np.ndarray, "..."], bpppb: float) -> bytes:
        """The file of the finest level whose rate is at most `bpppb`, bits a pixel and band.

        Raises:
            CubeError: the cube cannot be compressed with this model; says why.
            ConfigError: the coarsest level has a higher rate.
        """
        for data in self.each_level(cube):
            rate = bits_per_sample(len(data), *cube.shape)
            if rate <= bpppb:
                return data
        raise ConfigError(
            f"the model's lowest rate for this cube is {rate:.4f} bpppb, above {bpppb:g}: "
            "allow more, or name a model of a lower rate"
        )

    def decompress(self, data: bytes, progress: Progress | None = None) -> Num[np.ndarray, "..."]:
        """The restored cube (rows, cols, bands), in the original's type.

        Args:
            data: a whole compressed file.
            progress: called with strips, or tiles, done and in all.

        Raises:
            FileFormatError: not a compressed file, truncated, altered, or of a newer version.
            ModelMismatchError: the file was written with another model.
        """
        sections, header, shape = self._open(data)
        return self._restore(self._latent.read(sections, shape), header, progress)

    def bits_by_place(self, data: bytes) -> Float64[np.ndarray, "h w"] | None:
        """Bits that each place of the latent takes of a file; None for a latent that is not coded.

        Raises:
            FileFormatError, ModelMismatchError: as of `decompress`.
        """
        sections, _, shape = self._open(data)
        return self._latent.bits_by_place(sections, shape)

    def _files(self, cube: Shaped[np.ndarray, "..."], levels: Iterable[int]) -> Iterator[bytes]:
        value_range = check_cube(cube, self.config.bands)
        normalized = normalize_and_pad(cube, value_range, self._transform.multiple)
        latent = self._transform.analyze(normalized)
        header = Section(SectionKind.HEADER, self._header(cube, value_range).pack())
        for level in levels:
            if isinstance(self._latent, LearnedLatent):
                sections = self._latent.write(np.asarray(latent), level)
            else:
                sections = self._latent.write(latent)
            yield write_container([header, *sections])

    def _open(self, data: bytes) -> tuple[list[Section], Header, tuple[int, int, int]]:
        """The sections of a file of this model, its header and the shape of its latent."""
        sections = read_container(data)
        header = read_header(sections)
        self._require_own(header)
        return sections, header, self._latent_shape(header)

    def _restore(
        self, latent: Float[np.ndarray, "h w channels"], header: Header, progress: Progress | None
    ) -> Num[np.ndarray, "rows cols bands"]:
        value_range, dtype = ValueRange(header.minimum, header.maximum), np.dtype(header.dtype)
        cube = np.empty((header.rows, header.cols, header.bands), dtype)
        left = 0
        for part in self._transform.synthesize(latent, progress):
            kept = part[: header.rows, : header.cols - left]
            cube[:, left : left + kept.shape[1]] = denormalize(kept, value_range, dtype)
            left += kept.shape[1]
        return cube

    def _header(self, cube: Num[np.ndarray, "..."], value_range: ValueRange) -> Header:
        rows, cols, _ = cube.shape
        return Header(
            rows=rows,
            cols=cols,
            dtype=cube.dtype.str,
            minimum=value_range.minimum,
            maximum=value_range.maximum,
            fingerprint=self.fingerprint,
            **self._model_fields,
        )

    def _require_own(self, header: Header) -> None:
        if header.fingerprint != self.fingerprint:
            raise ModelMismatchError(
                f"the file was written with model {header.fingerprint.hex()}, this is model "
                f"{self.fingerprint.hex()}: name the model that wrote it with --model"
            )
        # A file that names this model yet describes another was put together by hand.
        for name, own in self._model_fields.items():
            if getattr(header, name) != own:
                told = getattr(header, name)
                raise FileFormatError(f"the header tells of {name} {told}, but the model has {own}")

    def _require_level(self, level: int | None) -> int:
        if level is None:
            return self.levels - 1
        if not 0 <= level < self.levels:
            told = f"levels 0 to {self.levels - 1}" if self.levels > 1 else "one rate, level 0"
            raise ConfigError(f"the model has no level {level}: it has {told}")
        return level

    def _latent_shape(self, header: Header) -> tuple[int, int, int]:
        rows, cols = padded_size(header.rows, header.cols, self._transform.multiple)
        scale = self.config.scale
        return rows // scale, cols // scale, self.config.latent_channels


def read_header(sections: list[Section]) -> Header:
    """The header of a compressed file's sections.

    Raises:
        FileFormatError: there is none, or it makes no sense.
    """
    for section in sections:
        if section.kind == SectionKind.HEADER:
            return Header.unpack(section.payload)
    raise FileFormatError("the file has no header section: compress the cube again")


def _entropy_model(config: ModelConfig) -> EntropyModelId:
    if config.quantizer == LEARNED:
        return EntropyModelId.FACTORIZED
    return EntropyModelId.RAW if config.bits == UNQUANTIZED_BITS else EntropyModelId.STATIC_TABLE
