"""What a file's header says of its latent: read without any weights, and without JAX."""

import io
from typing import Any

from btcnet_jax.coding.varint import read_varint
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.header import BASED, EntropyModelId, Header, Objective
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.parts.bounds import read_bounds
from btcnet_jax.scene.lines import padded_size


def latent_shape(config: ModelConfig, header: Header) -> tuple[int, int, int]:
    """Rows, columns and channels of the latent that a network makes of a file's scene."""
    rows, cols = padded_size(header.rows, header.cols, config.scene_multiple)
    return rows // config.scale, cols // config.scale, config.latent_channels


def latent_channels(components: int) -> int:
    """What the header says of so many components: a channel for each position of a block."""
    return BLOCK * components


def read_components(header: Header) -> int:
    """Components of a file, which share its sections.

    Raises:
        FileFormatError: the header tells of no whole number of them, or of more than bands.
    """
    components, rest = divmod(header.latent_channels, BLOCK)
    if rest or components > header.bands:
        raise FileFormatError(
            f"the header tells of {header.latent_channels} latent channels: the file is damaged"
        )
    return components


def read_level(file: CompressedFile) -> tuple[int, bytes]:
    """The rate level of a file of a model with a learned prior, 0 the coarsest; what follows it.

    With contexts that are the components' levels.

    Raises:
        FileFormatError: the file does not tell.
    """
    payload = file.payload(SectionKind.QUANTIZER)
    level, taken = read_varint(io.BytesIO(payload))
    rest = payload[len(taken) :]
    if bool(rest) != (file.header.entropy_model == EntropyModelId.CONTEXT):
        raise FileFormatError("the quantizer section has a wrong length: compress the cube again")
    return level, rest


def optimized_for(header: Header) -> str:
    """What a file of the universal codec is made best for, as `--optimize` calls it."""
    known = {int(each): each.name.lower() for each in Objective}
    return known.get(header.objective, f"{header.objective}, unknown here")


def greatest_error(file: CompressedFile) -> str:
    """What a file of the bounded codec promises, in words.

    Raises:
        FileFormatError: the section is missing or damaged.
    """
    if SectionKind.BOUNDS not in file.sections:
        return "0: all bands hold one value each"
    errors = read_bounds(file).errors
    least, most = float(errors.min()), float(errors.max())
    if most == 0:
        return "0: every valid sample is what it was"
    return f"{most:g}" if least == most else f"{least:g} to {most:g}, by band"


def latent_facts(file: CompressedFile) -> dict[str, Any]:
    """Which codec wrote a file, and what the file says of its latent, by name.

    Raises:
        FileFormatError: the header or a section makes no sense.
    """
    header = file.header
    name = header.fingerprint.hex()
    if header.is_bounded:
        based = header.entropy_model in BASED
        told = {"base": f"{read_components(header)} components, contexts {name}"} if based else {}
        return {
            "codec": "bounded, with a base" if based else f"bounded, arithmetic {name}",
            **told,
            "greatest error": greatest_error(file),
            **({} if file.tiles is None else {"tiles": str(file.tiles.grid)}),
        }
    if header.is_universal:
        return {
            "codec": f"universal, weights {name}",
            "components": read_components(header),
            "optimized for": optimized_for(header),
            **({} if file.tiles is None else {"tiles": str(file.tiles.grid)}),
        }
    facts = {"model": name, "latent": f"{header.latent_channels} channels, {header.bits} bits"}
    if header.entropy_model in (EntropyModelId.FACTORIZED, EntropyModelId.CONTEXT):
        return facts | {"rate level": read_level(file)[0]}
    return facts
