"""What a file says of a scene besides its coded samples: sections METADATA, CONSTANT_BANDS and MASK."""

from typing import Any

import numpy as np

from btcnet_jax.coding.constant_bands import decode_constant_bands, encode_constant_bands
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.mask import pack_mask, unpack_mask
from btcnet_jax.container.metadata import unpack_metadata
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.value_range import ValueRange


def scene_sections(facts: SceneFacts, metadata: bytes) -> list[Section]:
    """The sections of a scene, each only where there is something to say.

    Args:
        facts: of the scene.
        metadata: packed; empty where nothing is known.
    """
    sections = []
    if metadata:
        sections.append(Section(SectionKind.METADATA, metadata))
    if not facts.varying.all():
        payload = encode_constant_bands(facts.varying, facts.fill)
        sections.append(Section(SectionKind.CONSTANT_BANDS, payload))
    if facts.missing is not None:
        sections.append(Section(SectionKind.MASK, pack_mask(facts.missing)))
    return sections


def read_facts(file: CompressedFile) -> SceneFacts:
    """What a file says of its scene.

    Raises:
        FileFormatError: the constant bands or the mask are damaged.
    """
    header = file.header
    dtype, bands = np.dtype(header.dtype), header.bands
    varying, fill = np.ones(bands, dtype=bool), np.zeros(bands, dtype)
    if SectionKind.CONSTANT_BANDS in file.sections:
        payload = file.payload(SectionKind.CONSTANT_BANDS)
        varying, fill = decode_constant_bands(payload, bands, dtype)
    shape, missing = (header.rows, header.cols, bands), None
    if SectionKind.MASK in file.sections:
        missing = unpack_mask(file.payload(SectionKind.MASK), shape, dtype)
    value_range = ValueRange(header.minimum, header.maximum)
    return SceneFacts(shape, dtype, value_range, varying, fill, missing)


def read_info(file: CompressedFile) -> dict[str, Any]:
    """Attributes of a `SceneInfo` that a file keeps.

    Raises:
        FileFormatError: the metadata are damaged.
    """
    if SectionKind.METADATA not in file.sections:
        return {}
    header = file.header
    shape = (header.rows, header.cols, header.bands)
    return unpack_metadata(file.payload(SectionKind.METADATA), shape)
