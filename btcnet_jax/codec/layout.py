"""What a file says of a scene, in sections: the same for every codec."""

from collections.abc import Mapping

import numpy as np

from btcnet_jax.codec.encoders import Coded
from btcnet_jax.coding.constant_bands import decode_constant_bands, encode_constant_bands
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.value_range import ValueRange


def file_of(
    facts: SceneFacts, fingerprint: bytes, fields: Mapping[str, int], coded: Coded
) -> bytes:
    """The file: HEADER, CONSTANT_BANDS where there are any, then what was coded.

    Args:
        facts: of the scene.
        fingerprint: of the codec's weights.
        fields: of the header, alike in all files of the codec.
        coded: the latent.
    """
    rows, cols, bands = facts.shape
    known = {"rows": rows, "cols": cols, "bands": bands, "latent_channels": coded.channels}
    header = Header(
        **{**fields, **known},
        dtype=facts.dtype.str,
        minimum=facts.value_range.minimum,
        maximum=facts.value_range.maximum,
        fingerprint=fingerprint,
    )
    sections = [Section(SectionKind.HEADER, header.pack())]
    if not facts.varying.all():
        payload = encode_constant_bands(facts.varying, facts.fill)
        sections.append(Section(SectionKind.CONSTANT_BANDS, payload))
    return write_container([*sections, *coded.sections])


def read_facts(file: CompressedFile) -> SceneFacts:
    """What a file says of its scene.

    Raises:
        FileFormatError: the constant bands are damaged.
    """
    header = file.header
    dtype, bands = np.dtype(header.dtype), header.bands
    varying, fill = np.ones(bands, dtype=bool), np.zeros(bands, dtype)
    if SectionKind.CONSTANT_BANDS in file.sections:
        payload = file.payload(SectionKind.CONSTANT_BANDS)
        varying, fill = decode_constant_bands(payload, bands, dtype)
    shape = (header.rows, header.cols, bands)
    return SceneFacts(shape, dtype, ValueRange(header.minimum, header.maximum), varying, fill)
