"""The sections of a file of the universal codec."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.coding.constant_bands import decode_constant_bands, encode_constant_bands
from btcnet_jax.container.container import Section, read_container
from btcnet_jax.container.header import UNQUANTIZED_BITS, EntropyModelId, Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError, ModelMismatchError
from btcnet_jax.parts.block_transform import BLOCK, SIDE
from btcnet_jax.parts.range_latent import require_section
from btcnet_jax.scene.value_range import ValueRange


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """What a file says of a scene besides the samples of its varying bands.

    Attributes:
        shape: rows, cols, bands.
        dtype: of the samples.
        value_range: of all samples.
        varying: True for bands of more than one value.
        values: those of the constant bands, in the samples' type.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype
    value_range: ValueRange
    varying: Bool[np.ndarray, " bands"]
    values: Num[np.ndarray, " bands"]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        return -(-self.shape[0] // SIDE), -(-self.shape[1] // SIDE)

    def sections(self, fingerprint: bytes, components: int) -> list[Section]:
        """HEADER, and CONSTANT_BANDS where there are any."""
        rows, cols, bands = self.shape
        header = Header(
            rows=rows,
            cols=cols,
            bands=bands,
            dtype=self.dtype.str,
            minimum=self.value_range.minimum,
            maximum=self.value_range.maximum,
            bits=UNQUANTIZED_BITS,
            latent_channels=BLOCK * components,
            fingerprint=fingerprint,
            entropy_model=EntropyModelId.CONTEXT,
        )
        sections = [Section(SectionKind.HEADER, header.pack())]
        if not self.varying.all():
            payload = encode_constant_bands(self.varying, self.values)
            sections.append(Section(SectionKind.CONSTANT_BANDS, payload))
        return sections


@dataclass(frozen=True, eq=False)
class OpenFile:
    """A file whose header has been read; `components` share the sections QUANTIZER, BASIS, SYMBOLS."""

    facts: SceneFacts
    components: int
    sections: list[Section]

    def payload(self, kind: SectionKind) -> bytes:
        """Of the section of a kind.

        Raises:
            FileFormatError: there is none.
        """
        return require_section(self.sections, kind)


def is_universal(header: Header) -> bool:
    """Whether the universal codec wrote the file of this header."""
    return header.entropy_model == EntropyModelId.CONTEXT


def open_file(data: bytes, fingerprint: bytes) -> OpenFile:
    """Reads what stands before the symbols.

    Raises:
        FileFormatError: no such file, damaged, or of a newer version.
        ModelMismatchError: written by a trained model, or with other weights.
    """
    sections = read_container(data)
    header = Header.unpack(require_section(sections, SectionKind.HEADER))
    _require_own(header, fingerprint)
    components, rest = divmod(header.latent_channels, BLOCK)
    if rest or components > header.bands:
        raise FileFormatError(
            f"the header tells of {header.latent_channels} latent channels: the file is damaged"
        )
    dtype = np.dtype(header.dtype)
    varying, values = np.ones(header.bands, dtype=bool), np.zeros(header.bands, dtype)
    if any(section.kind == SectionKind.CONSTANT_BANDS for section in sections):
        payload = require_section(sections, SectionKind.CONSTANT_BANDS)
        varying, values = decode_constant_bands(payload, header.bands, dtype)
    facts = SceneFacts(
        (header.rows, header.cols, header.bands),
        dtype,
        ValueRange(header.minimum, header.maximum),
        varying,
        values,
    )
    return OpenFile(facts, components, sections)


def _require_own(header: Header, fingerprint: bytes) -> None:
    if not is_universal(header):
        raise ModelMismatchError(
            f"the file was written with the trained model {header.fingerprint.hex()}: "
            "name that model with --model"
        )
    if header.fingerprint != fingerprint:
        raise ModelMismatchError(
            f"the file was written with the universal weights {header.fingerprint.hex()}, these are "
            f"{fingerprint.hex()}: use the version of btcnet_jax that wrote it"
        )
