"""The sections of a file, in order: the same for every codec."""

from collections.abc import Mapping
from typing import Any

from btcnet_jax.codec.encoders import Coded
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import Header
from btcnet_jax.container.scene_sections import scene_sections
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.scene.facts import SceneFacts


def sections_of(
    facts: SceneFacts,
    metadata: bytes,
    fingerprint: bytes,
    fields: Mapping[str, Any],
    coded: Coded,
) -> list[Section]:
    """Of a file: HEADER, METADATA, CONSTANT_BANDS and MASK where there are any, what was coded, tiles last.

    Args:
        facts: of the scene.
        metadata: of the scene, packed; empty where nothing is known.
        fingerprint: of the codec's weights.
        fields: of the header, alike in all files of the codec.
        coded: the latent.
    """
    rows, cols, bands = facts.shape
    known = {"rows": rows, "cols": cols, "bands": bands, "latent_channels": coded.channels}
    header = Header(
        **{"fingerprint": fingerprint, **fields, **known, **coded.fields},
        dtype=facts.dtype.str,
        minimum=facts.value_range.minimum,
        maximum=facts.value_range.maximum,
        objective=coded.objective,
    )
    sections = [Section(SectionKind.HEADER, header.pack()), *scene_sections(facts, metadata)]
    return sections + sorted(coded.sections, key=lambda section: section.kind == SectionKind.TILE)
