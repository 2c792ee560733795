"""One page that shows how good a restoration is: where, in which bands, and to the eye."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from btcnet_jax.metrics import Quality, measure_quality
from btcnet_jax.pictures import panels, style
from btcnet_jax.pictures.maps import angle_map, error_map
from btcnet_jax.pictures.page import MARGIN, Page, fact_rows, heading_height, title_lines
from btcnet_jax.pictures.rgb import RgbStretch
from btcnet_jax.pictures.samples import pick_pixels, picture_step
from btcnet_jax.pictures.spectral_axis import SpectralAxis, wavelengths_in_nm

__all__ = ["comparison_figure"]

_WIDTH, _GAP = 13.0, 0.4
_TALLEST = 5.5
_ABOVE, _BELOW_RGB, _BELOW_MAP = 0.34, 0.42, 0.72
_PLOT_HEIGHT, _PLOT_LEFT = 2.9, 0.7
# A scene does not say what its samples are in.
_UNITS = "data units"


@dataclass(frozen=True)
class _Grid:
    """Where the four images go: columns of slots, and the size of an image in a slot, in inches."""

    columns: int
    slot: float
    width: float
    height: float

    @classmethod
    def of(cls, rows: int, cols: int) -> "_Grid":
        # Beyond 1:20 pixels are no longer drawn square: a line would show nothing.
        ratio = min(max(cols / rows, 0.05), 20.0)
        columns = 4 if ratio < 1.6 else 2 if ratio < 5 else 1
        slot = (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns
        height = min(slot / ratio, _TALLEST)
        return cls(columns, slot, height * ratio, height)

    def place(self, index: int, top: float) -> tuple[float, float]:
        """Left and top of the image in slot `index`."""
        row, column = divmod(index, self.columns)
        return MARGIN + column * (self.slot + _GAP), top + self._height_of(row) + _ABOVE

    @property
    def total_height(self) -> float:
        return self._height_of(4 // self.columns)

    def _height_of(self, rows: int) -> float:
        """Inches that the first rows of panels take; color scales need more room than words."""
        without_scale = min(rows, 2 // self.columns)
        below = without_scale * _BELOW_RGB + (rows - without_scale) * _BELOW_MAP
        return rows * (_ABOVE + self.height) + below


@dataclass(frozen=True, eq=False)
class _Scene:
    """Both cubes, what is known of them, and which pixels and bands the page shows."""

    original: Num[np.ndarray, "rows cols bands"]
    restored: Num[np.ndarray, "rows cols bands"]
    kept: Bool[np.ndarray, " bands"]
    counted: Bool[np.ndarray, " bands"]
    valid: Bool[np.ndarray, "rows cols bands"] | None
    wavelengths: Num[np.ndarray, " bands"] | None
    quality: Quality
    step: int

    def thinned(self, cube: np.ndarray) -> np.ndarray:
        """The pixels that the images show, of samples or of which of them are valid."""
        return cube[:: self.step, :: self.step]

    @property
    def shown_valid(self) -> np.ndarray | None:
        """Which samples of the pixels that the images show are valid; None where all are."""
        return None if self.valid is None else self.thinned(self.valid)


def comparison_figure(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "..."],
    *,
    wavelengths: Num[np.ndarray, " bands"] | None = None,
    band_mask: Bool[np.ndarray, " bands"] | None = None,
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
    title: str,
    facts: dict[str, str],
    quality: Quality | None = None,
) -> Figure:
    """Both cubes in RGB, maps of error and spectral angle, spectra, and the PSNR of each band.

    Args:
        original: denormalised cube, any real dtype.
        restored: cube of the same shape and unit.
        wavelengths: band centers in nm; the curves are drawn over band numbers without them.
        band_mask: True for the good bands; the others are gaps and may hold anything.
        valid: True for samples that are data, as `Scene.valid` gives them; pixels with missing ones
            are gray where these would be shown, and may hold anything there. None where all are.
        title: what is compared; broken to the width of the page.
        facts: names and values shown below the title, in their order.
        quality: of these two cubes and this mask, where it is known already; measured otherwise.

    Returns:
        The figure, 13 inches wide. Of a scene longer than 600 pixels the images and maps show
        every n-th pixel, and say so; PSNR is of all pixels.

    Raises:
        CubeError: as `measure_quality`.
    """
    if quality is None:
        quality = measure_quality(original, restored, valid=valid, band_mask=band_mask)
    kept = np.ones(original.shape[2], bool) if band_mask is None else band_mask
    # Constant bands carry nothing to see; in a cube of only such bands they are all there is.
    counted = np.isfinite(quality.rmse_per_band)
    if valid is not None:
        # A band without any sample has no part in a pixel's angle, as in the mean of the angles.
        kept = kept & np.asarray(valid.any(axis=(0, 1)))
        valid = None if valid.all() else valid
    counted = counted if counted.any() else kept
    step = picture_step(*original.shape[:2])
    scene = _Scene(original, restored, kept, counted, valid, wavelengths, quality, step)
    return _draw(scene, title_lines(title, _WIDTH), fact_rows(facts, _WIDTH))


def _draw(scene: _Scene, title: list[str], facts: list[list[tuple[str, str, float]]]) -> Figure:
    grid = _Grid.of(*scene.original.shape[:2])
    images = heading_height(title, facts) + 0.1
    plots = images + grid.total_height + 0.4
    page = Page(_WIDTH, plots + _PLOT_HEIGHT + 0.75)
    page.heading(title, facts)
    picks = pick_pixels(scene.original, scene.counted, len(style.CURVES), scene.valid)
    _draw_rgb(page, grid, images, scene, picks)
    _draw_maps(page, grid, images, scene)
    _draw_curves(page, plots, scene, picks)
    return page.figure


def _draw_rgb(page: Page, grid: _Grid, top: float, scene: _Scene, picks: np.ndarray) -> None:
    original = scene.thinned(scene.original)
    stretch = RgbStretch.of(
        # The few pixels shown may all lack a band of which the scene has samples.
        original if scene.valid is None else scene.original,
        wavelengths=scene.wavelengths,
        band_mask=scene.counted,
        valid=scene.valid,
    )
    names = ("Original", "Restored")
    words = (_band_words(stretch, scene), "Same bands and stretch as the original")
    for index, cube in enumerate((original, scene.thinned(scene.restored))):
        left, below = grid.place(index, top)
        axes = _image_axes(page, grid, (left, below), names[index])
        panels.draw_image(axes, stretch.apply(cube, scene.shown_valid), scene.original.shape[:2])
        under = below + grid.height + 0.2
        page.text(left, under, words[index], fontsize=style.SMALL, color=style.FAINT)
        if index == 0:
            panels.draw_picks(axes, picks)


def _draw_maps(page: Page, grid: _Grid, top: float, scene: _Scene) -> None:
    pair = scene.thinned(scene.original), scene.thinned(scene.restored)
    maps = {
        "Error": (
            error_map(*pair, scene.counted, scene.shown_valid),
            f"RMSE over bands ({_UNITS})",
        ),
        "Spectral angle": (angle_map(*pair, scene.kept, scene.shown_valid), "degrees"),
    }
    for index, (name, (values, words)) in enumerate(maps.items(), start=2):
        left, below = grid.place(index, top)
        axes = _image_axes(page, grid, (left, below), name)
        image = panels.draw_image(axes, values, scene.original.shape[:2])
        width = max(grid.width, min(2.4, grid.slot))
        panels.draw_scale(page, image, (left, below + grid.height + 0.09, width), words)


def _draw_curves(page: Page, top: float, scene: _Scene, picks: np.ndarray) -> None:
    axis = SpectralAxis.of(scene.wavelengths, scene.counted)
    room = _WIDTH - 2 * MARGIN - 2 * _PLOT_LEFT - 0.1
    spectra = page.axes(MARGIN + _PLOT_LEFT, top, room * 0.58, _PLOT_HEIGHT)
    pairs = [(scene.original[row, col], scene.restored[row, col]) for row, col in picks]
    panels.draw_spectra(spectra, axis, pairs, _UNITS)
    spectra.set_label("spectra")
    left = MARGIN + 2 * _PLOT_LEFT + 0.1 + room * 0.58
    psnr = page.axes(left, top, room * 0.42, _PLOT_HEIGHT)
    panels.draw_psnr(psnr, axis, scene.quality)
    psnr.set_label("psnr")


def _image_axes(page: Page, grid: _Grid, place: tuple[float, float], name: str) -> Axes:
    """Axes for an image, named above; the name also serves to find them."""
    page.text(place[0], place[1] - 0.1, name, fontsize=style.NORMAL, weight="bold", color=style.INK)
    axes = page.axes(*place, grid.width, grid.height)
    axes.set_label(name)
    return axes


def _band_words(stretch: RgbStretch, scene: _Scene) -> str:
    """Which bands are red, green and blue, and whether pixels were skipped."""
    centers = None if scene.wavelengths is None else wavelengths_in_nm(scene.wavelengths)
    if centers is None:
        words = "Bands " + ", ".join(str(band + 1) for band in stretch.bands)
    else:
        words = ", ".join(f"{centers[band]:.0f}" for band in stretch.bands) + " nm"
    if scene.valid is not None:
        words = f"{words}; gray: no data"
    return words if scene.step == 1 else f"{words}; every {_ordinal(scene.step)} pixel"


def _ordinal(number: int) -> str:
    return f"{number}{ {2: 'nd', 3: 'rd'}.get(number, 'th') }"
