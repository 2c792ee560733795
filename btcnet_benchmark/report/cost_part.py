"""What a scene costs: the encoder's time and arithmetic, and the bits of each tile."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Num

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.plots import Curve, Plot, draw
from btcnet_benchmark.report.results import Results, mean_of
from btcnet_benchmark.report.styles import CodecStyle, ColorScale
from btcnet_benchmark.sweep.measurement import Measurement

RateMap = Callable[[Measurement], Num[np.ndarray, "down across"] | None]

# A clock of less resolution shows zero, which a logarithmic axis cannot.
_LEAST = 1e-4
_COSTS = {
    "encode_seconds": ("PSNR against encoding time", "Encoding a scene (s)"),
    "multiply_adds": (
        "PSNR against arithmetic",
        "Operations of the encoder a sample, all trials",
    ),
}


def cost_pictures(
    results: Results, styles: dict[str, CodecStyle], gallery: Gallery
) -> list[Picture]:
    """PSNR against time and against operations, a point for each codec and scene."""
    pictures = []
    for name, (title, horizontal) in _COSTS.items():
        curves = _scatter(results, styles, name)
        if curves:
            plot = Plot(
                title=title,
                horizontal=horizontal,
                vertical="PSNR (dB)",
                curves=curves,
            )
            alt = f"{title} for {len(curves)} codecs, a point for each scene."
            caption = _means(results, name, curves)
            pictures.append(gallery.plot(draw(plot), title, alt=alt, caption=caption))
    return pictures


def _scatter(results: Results, styles: dict[str, CodecStyle], name: str) -> list[Curve]:
    curves = []
    for codec in results.codecs:
        found = [m for scene in results.scenes if (m := results.pictured(scene, codec))]
        points = [
            (max(cost, _LEAST), m.psnr_db)
            for m in found
            if (cost := getattr(m, name)) is not None
            and m.psnr_db is not None
            and math.isfinite(m.psnr_db)
        ]
        if points:
            x, y = zip(*points, strict=True)
            curves.append(Curve(codec=styles[codec], x=x, y=y, joined=False))
    return curves


def _means(results: Results, name: str, curves: list[Curve]) -> str:
    """The mean of each codec, in words."""
    is_time = name == "encode_seconds"
    show = numbers.seconds if is_time else numbers.count
    unit = " s" if is_time else " operations a sample"
    parts = [
        f"{curve.codec.name}: {numbers.fixed(float(np.mean(curve.y)), 2)} dB for"
        f" {show(float(np.mean(curve.x)))}{unit}{'' if is_time else _own(results, curve.codec)}"
        for curve in curves
    ]
    return "Means. " + "; ".join(parts) + "."


def _own(results: Results, codec: CodecStyle) -> str:
    """What the files took that came out, in words."""
    found = [m for scene in results.scenes if (m := results.pictured(scene, codec.name))]
    mean = mean_of([m.multiply_adds_once for m in found])
    return f" ({numbers.count(mean)} without trials thrown away)" if mean else ""


@dataclass(frozen=True)
class TileMap:
    """The map of one codec, and the scene's rows and columns to stretch it to."""

    codec: CodecStyle
    picture: Picture
    rows: int
    cols: int


@dataclass(frozen=True)
class SceneRateMaps:
    """The maps of a scene, on one scale."""

    scene: str
    scale: ColorScale
    maps: list[TileMap]


def rate_map_parts(
    results: Results, styles: dict[str, CodecStyle], gallery: Gallery, rate_map: RateMap
) -> list[SceneRateMaps]:
    """Maps of every scene at the rate of the pictures, for the codecs that have one."""
    parts = []
    for scene in results.scenes:
        found = [m for codec in results.codecs if (m := results.pictured(scene, codec))]
        known = [(m, tiles) for m in found if (tiles := rate_map(m)) is not None]
        if known:
            scale = ColorScale.of([tiles for _, tiles in known], "bits a tile")
            maps = [_tile_map(m, tiles, scale, styles, gallery) for m, tiles in known]
            parts.append(SceneRateMaps(scene, scale, maps))
    return parts


def _tile_map(
    measurement: Measurement,
    tiles: Num[np.ndarray, "down across"],
    scale: ColorScale,
    styles: dict[str, CodecStyle],
    gallery: Gallery,
) -> TileMap:
    on = f"{measurement.codec} on {measurement.scene}"
    down, across = tiles.shape
    low, mean, high = (numbers.significant(float(of(tiles))) for of in (np.min, np.mean, np.max))
    caption = f"{down} × {across} tiles: {low} to {high} bits, mean {mean}."  # noqa: RUF001
    picture = gallery.scene(
        scale.paint(tiles), f"{on} bits", alt=f"{on}: bits of each tile.", caption=caption
    )
    return TileMap(styles[measurement.codec], picture, measurement.rows, measurement.cols)
