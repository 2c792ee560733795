"""Colors of the page: one with a mark for each codec, and scales that maps share."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from jaxtyping import Float, Num
from matplotlib.colors import to_hex, to_rgb

from btcnet_benchmark.report import numbers
from btcnet_jax.pictures import style
from btcnet_jax.pictures.maps import map_top

# The rest of Okabe and Ito's colors, without yellow, which is lost on white; the mark tells codecs
# apart where colors repeat, in print and for readers who see none.
_COLORS = (*style.CURVES, "#56b4e9", "#4d4d4d")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_GLYPHS = ("●", "■", "▲", "◆", "▼", "✚", "✖", "◀", "▶")
_STOPS = 9


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


@dataclass(frozen=True, kw_only=True)
class ColorScale:
    """Zero is dark, `top` and all above it are light; what is not a number is gray.

    Attributes:
        top: the value of the lightest color, above zero.
        is_cut: whether some value of the maps lies above it.
        unit: what the values are in.
    """

    top: float
    is_cut: bool
    unit: str

    @classmethod
    def of(cls, maps: Sequence[Num[np.ndarray, "_ _"]], unit: str) -> "ColorScale":
        """A scale for these maps together; they may be empty or hold NaN."""
        values = np.concatenate([np.ravel(values) for values in maps]) if maps else np.empty(0)
        values = values[np.isfinite(values)]
        top = map_top(values)
        return cls(top=top, is_cut=bool((values > top).any()), unit=unit)

    def paint(self, values: Num[np.ndarray, "rows cols"]) -> Float[np.ndarray, "rows cols 3"]:
        """The map as a picture, 0 (black) to 1 (white)."""
        colors = matplotlib.colormaps[style.MAP](np.clip(values / self.top, 0, 1))[..., :3]
        return np.where(np.isfinite(values)[..., None], colors, to_rgb(style.GRID))

    @property
    def gradient(self) -> str:
        """The colors from zero to the top, as CSS takes them."""
        stops = matplotlib.colormaps[style.MAP](np.linspace(0, 1, _STOPS))
        return ", ".join(to_hex(stop) for stop in stops)

    @property
    def top_words(self) -> str:
        """The top as it stands at the end of the scale."""
        return ("≥ " if self.is_cut else "") + numbers.significant(self.top)
