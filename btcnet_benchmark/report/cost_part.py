"""What the encoder costs against the quality it gives."""

import math

import numpy as np

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.plots import Curve, Plot, draw
from btcnet_benchmark.report.results import Results

# A clock of less resolution shows zero, which a logarithmic axis cannot.
_LEAST = 1e-4
_COSTS = {
    "encode_seconds": ("PSNR against encoding time", "Encoding a scene (s)"),
    "multiply_adds": (
        "PSNR against arithmetic",
        "Multiply-adds of the encoder's transform, a sample",
    ),
}


def cost_pictures(
    results: Results, styles: dict[str, CodecStyle], gallery: Gallery
) -> list[Picture]:
    """PSNR against time and against multiply-adds, a point for each codec and scene."""
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
    unit = " s" if is_time else " multiply-adds a sample"
    parts = [
        f"{curve.codec.name}: {numbers.fixed(float(np.mean(curve.y)), 2)} dB for"
        f" {show(float(np.mean(curve.x)))}{unit}"
        for curve in curves
    ]
    return "Means. " + "; ".join(parts) + "."
