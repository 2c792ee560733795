"""Where in a scene the bits go: a map of what each tile costs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Num

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.color_scale import ColorScale
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.results import Results
from btcnet_benchmark.sweep.measurement import Measurement

RateMap = Callable[[Measurement], Num[np.ndarray, "down across"] | None]


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
