"""A cube to the bytes of one file and back: the model, the coder and the container together."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Num, Shaped

from btcnet_jax.checkpoints import load_model
from btcnet_jax.codec.latent_sections import read_latent, write_latent
from btcnet_jax.codec.transform import Progress, SceneTransform
from btcnet_jax.codec.value_range import (
    ValueRange,
    check_cube,
    denormalize,
    normalize_and_pad,
    padded_size,
)
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.header import EntropyModelId, Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError, ModelMismatchError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint


class Codec:
    """One model, ready to compress and decompress.

    Args:
        config: the model's configuration.
        params: its parameters, float32.
    """

    def __init__(self, config: ModelConfig, params: Params) -> None:
        self.config = config
        self.fingerprint = model_fingerprint(config, params)
        self._transform = SceneTransform(config, params)
        quantized = config.bits != UNQUANTIZED_BITS
        self._model_fields = {
            "bands": config.bands,
            "bits": config.bits,
            "latent_channels": config.latent_channels,
            "entropy_model": EntropyModelId.STATIC_TABLE if quantized else EntropyModelId.RAW,
        }

    @classmethod
    def load(cls, folder: str | Path) -> "Codec":
        """The codec of a trained run's newest checkpoint.

        Raises:
            CheckpointError: no usable checkpoint in `folder`.
        """
        return cls(*load_model(folder))

    def prepare(self, rows: int, columns: int) -> None:
        """Compile for cubes of this size; without it the first call of a size compiles."""
        self._transform.prepare(*padded_size(rows, columns, self._transform.multiple))

    def compress(self, cube: Shaped[np.ndarray, "..."]) -> bytes:
        """The bytes of a compressed file.

        Args:
            cube: (rows, columns, bands), any size, integer or float up to 64 bits; as many bands as
                the model was trained for.

        Raises:
            CubeError: the cube cannot be compressed with this model; says why.
        """
        value_range = check_cube(cube, self.config.bands)
        normalized = normalize_and_pad(cube, value_range, self._transform.multiple)
        latent = self._transform.analyze(normalized)
        header = self._header(cube, value_range)
        sections = [Section(SectionKind.HEADER, header.pack()), *write_latent(latent, self.config)]
        return write_container(sections)

    def decompress(self, data: bytes, progress: Progress | None = None) -> Num[np.ndarray, "..."]:
        """The restored cube (rows, columns, bands), in the original's type.

        Args:
            data: a whole compressed file.
            progress: called with strips done and strips in all.

        Raises:
            FileFormatError: not a compressed file, truncated, altered, or of a newer version.
            ModelMismatchError: the file was written with another model.
        """
        sections = read_container(data)
        header = read_header(sections)
        self._require_own(header)
        latent = read_latent(sections, self._latent_shape(header), self.config)
        if not isinstance(latent, np.ndarray):
            latent = self._transform.dequantize(latent)
        return self._restore(latent, header, progress)

    def _restore(
        self, latent: Float[np.ndarray, "h w channels"], header: Header, progress: Progress | None
    ) -> Num[np.ndarray, "rows columns bands"]:
        value_range, dtype = ValueRange(header.minimum, header.maximum), np.dtype(header.dtype)
        cube = np.empty((header.rows, header.columns, header.bands), dtype)
        left = 0
        for part in self._transform.synthesize(latent, progress):
            kept = part[: header.rows, : header.columns - left]
            cube[:, left : left + kept.shape[1]] = denormalize(kept, value_range, dtype)
            left += kept.shape[1]
        return cube

    def _header(self, cube: Num[np.ndarray, "..."], value_range: ValueRange) -> Header:
        rows, columns, _ = cube.shape
        return Header(
            rows=rows,
            columns=columns,
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

    def _latent_shape(self, header: Header) -> tuple[int, int, int]:
        rows, columns = padded_size(header.rows, header.columns, self._transform.multiple)
        scale = self.config.scale
        return rows // scale, columns // scale, self.config.latent_channels


def read_header(sections: list[Section]) -> Header:
    """The header of a compressed file's sections.

    Raises:
        FileFormatError: there is none, or it makes no sense.
    """
    for section in sections:
        if section.kind == SectionKind.HEADER:
            return Header.unpack(section.payload)
    raise FileFormatError("the file has no header section: compress the cube again")
