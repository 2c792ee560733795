"""What the codecs made of a scene: to the eye, as maps of where it is wrong, and band by band."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Num
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from btcnet_benchmark.report.plots import (
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    add_legend,
    finish,
    legend_height,
    legend_name,
)
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.errors import DataError
from btcnet_jax.pictures import style
from btcnet_jax.pictures.maps import angle_map, error_map
from btcnet_jax.pictures.page import Page
from btcnet_jax.pictures.rgb import RgbStretch
from btcnet_jax.pictures.samples import pick_pixels, picture_step
from btcnet_jax.pictures.spectral_axis import SpectralAxis
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.valid import BandExtremes

# Pixels a side; twice as many would take four times the bytes of a page of many scenes.
_LONGEST_SIDE = 300
_PIXELS = 3
_DIFFERENCE_HEIGHT, _BETWEEN = 1.1, 0.15
_Curves = Sequence[tuple[CodecStyle, Num[np.ndarray, " bands"]]]


@dataclass(frozen=True, eq=False)
class SceneView:
    """How a scene is looked at: the same bands, stretch and pixels for every codec.

    Attributes:
        original: the scene.
        valid: which samples are data; None where all are.
        kept: bands that the mask keeps, with valid samples.
        counted: those of them that vary; all kept ones where none does.
        stretch: of the RGB pictures.
        picks: rows and columns of pixels that stand for the scene, from dark to bright.
        step: every how-many-th row and column the pictures show.
    """

    original: Scene
    valid: Bool[np.ndarray, "rows cols bands"] | None
    kept: Bool[np.ndarray, " bands"]
    counted: Bool[np.ndarray, " bands"]
    stretch: RgbStretch
    picks: Int[np.ndarray, "picked 2"]
    step: int

    @classmethod
    def of(cls, original: Scene) -> "SceneView | None":
        """The way to look at a scene; None if it has no band to look at."""
        rows, cols, _ = original.values.shape
        extremes = BandExtremes.of_scene(original)
        valid = None if extremes.samples.min() == rows * cols else original.valid()
        kept = extremes.samples > 0
        if original.band_mask is not None:
            kept &= original.band_mask
        if not kept.any():
            return None
        counted = kept & extremes.varies
        counted = counted if counted.any() else kept
        stretch = RgbStretch.of(
            original.values, wavelengths=original.wavelengths, band_mask=counted, valid=valid
        )
        picks = pick_pixels(original.values, counted, _PIXELS, valid)
        step = picture_step(rows, cols, _LONGEST_SIDE)
        return cls(original, valid, kept, counted, stretch, picks, step)

    @property
    def axis(self) -> SpectralAxis:
        """Where the bands stand in a plot."""
        return SpectralAxis.of(self.original.wavelengths, self.counted)

    def rgb(self, cube: Num[np.ndarray, "rows cols bands"]) -> Float[np.ndarray, "y x 3"]:
        """A quick look, 0 (black) to 1 (white)."""
        return self.stretch.apply(cube[:: self.step, :: self.step], self.shown_valid)

    @property
    def shown_valid(self) -> Bool[np.ndarray, "y x bands"] | None:
        """Which samples of the pixels that the pictures show are data; None where all are."""
        return None if self.valid is None else self.valid[:: self.step, :: self.step]

    def spectra(self, cube: Num[np.ndarray, "rows cols bands"]) -> Num[np.ndarray, "picked bands"]:
        """The spectra of the picked pixels."""
        return cube[self.picks[:, 0], self.picks[:, 1]]


@dataclass(frozen=True, eq=False, kw_only=True)
class RestoredImages:
    """One restored scene, in what a page shows of it.

    Attributes:
        measurement: which one.
        rgb: quick look, 0 (black) to 1 (white).
        error: root mean square error over the bands of each pixel, in the scene's unit.
        angle: spectral angle of each pixel, degrees; NaN where it is undefined.
        spectra: of the picked pixels.
    """

    measurement: Measurement
    rgb: Float[np.ndarray, "y x 3"]
    error: Float64[np.ndarray, "y x"]
    angle: Float64[np.ndarray, "y x"]
    spectra: Num[np.ndarray, "picked bands"]

    @classmethod
    def of(
        cls, view: SceneView, measurement: Measurement, cube: Num[np.ndarray, "rows cols bands"]
    ) -> "RestoredImages":
        """What is seen of a restored cube.

        Raises:
            DataError: it has another shape than the scene.
        """
        original = view.original.values
        if cube.shape != original.shape:
            raise DataError(
                f"{measurement.scene} is {original.shape}, but {measurement.codec} restored"
                f" {cube.shape}; give the scene that was coded"
            )
        before, after = (values[:: view.step, :: view.step] for values in (original, cube))
        return cls(
            measurement=measurement,
            rgb=view.rgb(cube),
            error=error_map(before, after, view.counted, view.shown_valid),
            angle=angle_map(before, after, view.kept, view.shown_valid),
            spectra=view.spectra(cube),
        )


def band_psnr_figure(axis: SpectralAxis, curves: _Curves) -> Figure:
    """PSNR of each band, dB, for each codec; NaN and the bands that the axis hides are gaps."""
    page = Page(WIDTH, TOP + HEIGHT + legend_height(len(curves)))
    axes = page.axes(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT)
    _draw_curves(axes, axis, curves)
    finish(axes, "PSNR of each band", axis.label, "PSNR (dB)")
    add_legend(page)
    return page.figure


def spectra_figure(
    title: str, axis: SpectralAxis, original: Num[np.ndarray, " bands"], curves: _Curves
) -> Figure:
    """A pixel's spectrum as it was and as each codec restored it; below, what is wrong with it.

    Args:
        title: which pixel.
        axis: where the bands stand; the bands that it hides are gaps.
        original: the spectrum, any real dtype.
        curves: codecs and the restored spectra, in the same unit.
    """
    below = _BETWEEN + _DIFFERENCE_HEIGHT
    page = Page(WIDTH, TOP + HEIGHT + below + legend_height(len(curves) + 1))
    axes = page.axes(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT)
    difference = page.axes(LEFT, TOP + HEIGHT + _BETWEEN, WIDTH - LEFT - RIGHT, _DIFFERENCE_HEIGHT)
    at, values = axis.curve(original)
    axes.plot(at, values, _marker(axis), color=style.INK, alpha=0.35, lw=4.0, label="original")
    _draw_curves(axes, axis, curves)
    reference = original.astype(np.float64)
    _draw_curves(difference, axis, [(codec, values - reference) for codec, values in curves])
    finish(axes, title, "", "Value")
    axes.tick_params(labelbottom=False)
    finish(difference, "", axis.label, "Restored − original")  # noqa: RUF001
    difference.yaxis.set_major_locator(MaxNLocator(3))
    add_legend(page)
    return page.figure


def psnr_of_bands(values: list[float | None], bands: int) -> Float64[np.ndarray, " bands"]:
    """PSNR of each band in dB as a curve takes it: NaN where there is none, all NaN if not given."""
    if len(values) != bands:
        return np.full(bands, np.nan)
    figures = np.array([np.nan if value is None else value for value in values], np.float64)
    return np.where(np.isfinite(figures), figures, np.nan)


def _draw_curves(axes: Axes, axis: SpectralAxis, curves: _Curves) -> None:
    for codec, values in curves:
        at, curve = axis.curve(values)
        axes.plot(at, curve, _marker(axis), color=codec.color, lw=1.2, label=legend_name(codec))
    axis.scale(axes)


def _marker(axis: SpectralAxis) -> str:
    return ".-" if axis.shows_marks else "-"
