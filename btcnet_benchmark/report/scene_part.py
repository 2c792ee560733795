"""The part of the page on one scene: pictures, maps, and band by band."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Num

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.results import Results
from btcnet_benchmark.report.scene_images import (
    RestoredImages,
    SceneView,
    band_psnr_figure,
    psnr_of_bands,
    spectra_figure,
)
from btcnet_benchmark.report.styles import CodecStyle, ColorScale
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.pictures.spectral_axis import SpectralAxis
from btcnet_jax.scene.scene import Scene

Restored = Callable[[Measurement], Num[np.ndarray, "..."] | None]
_Styles = dict[str, CodecStyle]


@dataclass(frozen=True)
class CodecRow:
    """Three pictures of what one codec restored, and its figures in words."""

    codec: CodecStyle
    words: str
    rgb: Picture
    error: Picture
    angle: Picture


@dataclass(frozen=True)
class Mark:
    """A picked pixel on a picture: its number, and its place in percent of width and height."""

    number: int
    left: float
    top: float


@dataclass(kw_only=True)
class ScenePart:
    """What the page shows of a scene; without the scene at hand, only the PSNR of its bands."""

    name: str
    facts: str
    original: Picture | None = None
    marks: list[Mark] = field(default_factory=list)
    rows: list[CodecRow] = field(default_factory=list)
    error_scale: ColorScale | None = None
    angle_scale: ColorScale | None = None
    plots: list[Picture] = field(default_factory=list)


def scene_part(
    results: Results,
    scene: str,
    styles: _Styles,
    gallery: Gallery,
    source: tuple[Scene | None, Restored],
) -> ScenePart:
    """The part on a scene; `source` is the original, None if it is not at hand, and `restored`."""
    found = [m for codec in results.codecs if (m := results.pictured(scene, codec))]
    sizes = next(m for m in results.all if m.scene == scene)
    part = ScenePart(name=scene, facts=numbers.size(sizes))
    original, restored = source
    view = None if original is None else SceneView.of(original)
    if view is not None:
        images = [
            RestoredImages.of(view, m, cube) for m in found if (cube := restored(m)) is not None
        ]
        _add_images(part, view, images, styles, gallery)
        _add_spectra(part, view, images, styles, gallery)
    _add_band_psnr(part, view, found, styles, gallery)
    return part


def _add_images(
    part: ScenePart,
    view: SceneView,
    images: list[RestoredImages],
    styles: _Styles,
    gallery: Gallery,
) -> None:
    part.original = gallery.scene(
        view.rgb(view.original.values),
        f"{part.name} original",
        alt=f"{part.name} in RGB, the original.",
        caption=_original_words(view),
    )
    rows, cols = view.original.values.shape[:2]
    part.marks = [
        Mark(number, 100 * (col + 0.5) / cols, 100 * (row + 0.5) / rows)
        for number, (row, col) in enumerate(view.picks.tolist(), start=1)
    ]
    part.error_scale = ColorScale.of([image.error for image in images], "RMSE over bands")
    part.angle_scale = ColorScale.of([image.angle for image in images], "spectral angle, degrees")
    part.rows = [
        _codec_row(image, styles, gallery, part.error_scale, part.angle_scale) for image in images
    ]


def _original_words(view: SceneView) -> str:
    bands = ", ".join(str(band + 1) for band in view.stretch.bands)
    words = f"Bands {bands} as red, green and blue; the numbers mark pixels plotted below."
    return words if view.step == 1 else f"{words} One pixel in {view.step} each way."


def _codec_row(
    image: RestoredImages,
    styles: _Styles,
    gallery: Gallery,
    error: ColorScale,
    angle: ColorScale,
) -> CodecRow:
    m = image.measurement
    db = "" if numbers.psnr(m) == "exact" else " dB"
    words = f"{numbers.rate(m.bpppb)} bpppb, {numbers.psnr(m)}{db}, {numbers.fixed(m.sam_deg, 2)}°"
    on = f"{m.codec} on {m.scene}"
    return CodecRow(
        styles[m.codec],
        words,
        gallery.scene(image.rgb, f"{on} restored", alt=f"{on}: restored, RGB."),
        gallery.scene(error.paint(image.error), f"{on} error", alt=f"{on}: map of the error."),
        gallery.scene(
            angle.paint(image.angle), f"{on} angle", alt=f"{on}: map of the spectral angle."
        ),
    )


def _add_spectra(
    part: ScenePart,
    view: SceneView,
    images: list[RestoredImages],
    styles: _Styles,
    gallery: Gallery,
) -> None:
    for index, spectrum in enumerate(view.spectra(view.original.values)):
        curves = [(styles[i.measurement.codec], i.spectra[index]) for i in images]
        row, col = view.picks[index].tolist()
        title = f"Pixel {index + 1} (row {row}, column {col})"
        figure = spectra_figure(title, view.axis, spectrum, curves)
        alt = f"Spectrum of pixel {index + 1} of {part.name}: original and {len(curves)} codecs."
        caption = _error_words(view, spectrum, curves)
        name = f"{part.name} pixel {index + 1}"
        part.plots.append(gallery.plot(figure, name, alt=alt, caption=caption))


def _error_words(
    view: SceneView,
    original: Num[np.ndarray, " bands"],
    curves: list[tuple[CodecStyle, Num[np.ndarray, " bands"]]],
) -> str:
    """RMSE of each codec's spectrum over the counted bands, in words."""
    reference = original[view.counted].astype(np.float64)
    errors = [
        (codec.name, float(np.sqrt(np.square(values[view.counted] - reference).mean())))
        for codec, values in curves
    ]
    if not errors:
        return ""
    return "RMSE: " + ", ".join(f"{name} {numbers.significant(e)}" for name, e in errors) + "."


def _add_band_psnr(
    part: ScenePart,
    view: SceneView | None,
    found: list[Measurement],
    styles: _Styles,
    gallery: Gallery,
) -> None:
    known = [m for m in found if np.isfinite(psnr_of_bands(m.psnr_per_band, m.bands)).any()]
    if not known:
        return
    everything = np.ones(known[0].bands, bool)
    axis = SpectralAxis.of(None, everything) if view is None else view.axis
    curves = [(styles[m.codec], psnr_of_bands(m.psnr_per_band, len(axis.shown))) for m in known]
    figure = band_psnr_figure(axis, curves)
    alt = f"PSNR of each band of {part.name} for {len(curves)} codecs."
    lowest = [f"{codec.name} {numbers.fixed(float(np.nanmin(v)), 1)}" for codec, v in curves]
    caption = f"Lowest of any band, in dB: {', '.join(lowest)}."
    part.plots.insert(0, gallery.plot(figure, f"{part.name} bands", alt=alt, caption=caption))
