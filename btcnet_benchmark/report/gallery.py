"""The pictures of a page: kept as PNG for the files beside it, and inlined."""

import base64
import io
import re
import unicodedata
import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.figure import Figure
from PIL import Image

_DPI = 150
_PALETTE = 256
_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as the page's template takes it.

    Attributes:
        source: a data URI of the PNG.
        width, height: pixels of the PNG.
        alt: what is seen, for those who do not see it.
        caption: the line below; empty for none.
        kind: "plot" on white, whose colors a dark page may turn round, or "scene", shown as it is.
    """

    source: str
    width: int
    height: int
    alt: str
    caption: str
    kind: str


class Gallery:
    """Gathers pictures under file names that are told apart by a number.

    Attributes:
        files: the PNG of each file name.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def plot(self, figure: Figure, name: str, *, alt: str, caption: str = "") -> Picture:
        """A figure of matplotlib."""
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            # A letter that the font lacks is drawn as a box; the page's own text has it.
            warnings.filterwarnings("ignore", r"Glyph .* missing")
            figure.savefig(buffer, format="png", dpi=_DPI)
        with Image.open(buffer) as drawn:
            # No palette: it would merge the colors of small marks, by which codecs are told apart.
            picture = drawn.convert("RGB")
        return self._add(picture, name, alt, caption, "plot")

    def scene(
        self, picture: Float[np.ndarray, "rows cols 3"], name: str, *, alt: str, caption: str = ""
    ) -> Picture:
        """An image, 0 (black) to 1 (white), one pixel of it a pixel of the PNG."""
        samples = np.round(picture * 255).astype(np.uint8)
        return self._add(_exact_image(samples), name, alt, caption, "scene")

    def _add(self, picture: Image.Image, name: str, alt: str, caption: str, kind: str) -> Picture:
        buffer = io.BytesIO()
        picture.save(buffer, format="png", optimize=True)
        png = buffer.getvalue()
        self.files[f"{len(self.files) + 1:03d}-{plain_name(name)}.png"] = png
        source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
        width, height = picture.size
        return Picture(
            source=source, width=width, height=height, alt=alt, caption=caption, kind=kind
        )


def _exact_image(samples: UInt8[np.ndarray, "rows cols 3"]) -> Image.Image:
    """The image in RGB, or by a palette where that loses nothing, as for a map in color."""
    red, green, blue = np.moveaxis(samples.astype(np.uint32), 2, 0)
    colors, places = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    if len(colors) > _PALETTE:
        return Image.fromarray(samples)
    picture = Image.fromarray(places.reshape(samples.shape[:2]).astype(np.uint8))
    parts = np.stack([colors >> 16, colors >> 8 & 255, colors & 255], axis=1)
    picture.putpalette(parts.ravel().tolist())
    return picture


def plain_name(name: str) -> str:
    """Letters, digits and hyphens only, for a file name or an anchor of the page; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:_LONGEST_NAME]
