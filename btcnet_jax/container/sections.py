"""The kinds of section a `.btcn` file may hold.

Kinds 1 to 127 are critical: a reader that does not know one must refuse the file, since it cannot
decode it. Kinds 128 to 255 are ancillary: a reader that does not know one skips it. Each of the kinds
below occurs once, but for TILE. Besides them these are set aside for what they name and must not be given to
anything else; TILE_TABLES may repeat:

    7 TILE_TABLES         the tables of one tile
    129 QUICKLOOK         a preview picture
"""

from enum import IntEnum

FIRST_ANCILLARY = 128


class SectionKind(IntEnum):
    """Known kinds of section. END is written by the container itself and closes the file."""

    END = 0
    HEADER = 1
    QUANTIZER = 2
    TABLES = 3
    SYMBOLS = 4
    RAW_LATENT = 5
    TILE = 6
    BASIS = 8
    CONSTANT_BANDS = 9
    MASK = 10
    BAND_SCALES = 11
    TILE_GRID = 12
    TILE_INDEX = 13
    ADAPTIVE_BASIS = 14
    BOUNDS = 15
    STREAM = 16
    STREAM_END = 17
    PLAN = 18
    PROJECTION = 19
    INTEGERS = 20
    METADATA = 128
    DETAIL_GAINS = 130


def section_name(kind: int) -> str:
    """A name for messages, such as "section HEADER" or "section 77"."""
    known = kind in SectionKind.__members__.values()
    return f"section {SectionKind(kind).name if known else kind}"
