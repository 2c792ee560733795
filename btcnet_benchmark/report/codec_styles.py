"""One color and one mark for each codec, the same on the whole page."""

from collections.abc import Sequence
from dataclasses import dataclass

from btcnet_jax.pictures import style

# The rest of Okabe and Ito's colors, without yellow, which is lost on white; the mark tells codecs
# apart where colors repeat, in print and for readers who see none.
_COLORS = (*style.CURVES, "#56b4e9", "#4d4d4d")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_GLYPHS = ("●", "■", "▲", "◆", "▼", "✚", "✖", "◀", "▶")


@dataclass(frozen=True)
class CodecStyle:
    """How a codec is drawn.

    Attributes:
        name: of the codec.
        color: as #rrggbb.
        mark: matplotlib's marker.
        glyph: the same mark as a letter, for the page.
    """

    name: str
    color: str
    mark: str
    glyph: str


def codec_styles(codecs: Sequence[str]) -> dict[str, CodecStyle]:
    """A style for each codec by its place in the list; 63 codecs are all different."""
    return {
        name: CodecStyle(
            name,
            _COLORS[index % len(_COLORS)],
            _MARKS[index % len(_MARKS)],
            _GLYPHS[index % len(_GLYPHS)],
        )
        for index, name in enumerate(codecs)
    }
