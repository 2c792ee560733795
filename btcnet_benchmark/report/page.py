"""The whole page: what goes into the template, and how it gets onto disk, whole or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from jaxtyping import Num

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.bounds_part import bounds_part
from btcnet_benchmark.report.cost_part import RateMap, cost_pictures, rate_map_parts
from btcnet_benchmark.report.gallery import Gallery
from btcnet_benchmark.report.rate_figures import mean_pictures, scene_pictures
from btcnet_benchmark.report.results import Results
from btcnet_benchmark.report.scene_part import scene_part
from btcnet_benchmark.report.stage_table import stage_table
from btcnet_benchmark.report.styles import CodecStyle, codec_styles
from btcnet_benchmark.report.summary import cost_table, psnr_table
from btcnet_benchmark.report.tables import fixed_rate_table, measurement_tables
from btcnet_benchmark.report.task_part import task_part
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.files import atomic_path
from btcnet_jax.scene.scene import Scene

_TEMPLATE = "report.html.jinja"
_PAGE, _PICTURES = "report.html", "report"


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What the caller tells of a benchmark besides its measurements."""

    original: Callable[[str], Scene | None]
    restored: Callable[[Measurement], Num[np.ndarray, "..."] | None]
    rate_map: RateMap
    title: str
    command: str
    date: str
    left_out: Sequence[str]


def write_report(
    folder: Path,
    measurements: Sequence[Measurement],
    *,
    original: Callable[[str], Scene | None],
    restored: Callable[[Measurement], Num[np.ndarray, "..."] | None],
    anchor: str | None,
    title: str,
    command: str,
    date: str = "",
    picture_bpppb: float = 0.054,
    rate_map: RateMap = lambda measurement: None,
    left_out: Sequence[str] = (),
) -> Path:
    """Write `folder`/report.html, which needs no other file, and its pictures in `folder`/report.

    The folder of pictures is replaced as a whole, then the page; what interrupts this before leaves
    both as they were.

    Args:
        folder: exists.
        measurements: in any order, at least one, and, if any is of a rate, one such of the anchor; of two of
            the same scene, codec and target the later counts. Those that failed are listed with the reason.
            Those of a bound have a part of their own.
        original: the scene of a name as it was coded; None where it is not at hand, and then the
            page has no pictures of it. Asked once for each scene.
        restored: the samples (rows, cols, bands) that the file of a measurement holds, any real
            dtype; None where they are not at hand. Asked once for each scene and codec, at the rate
            of the pictures, right after its scene.
        anchor: name of the codec that the others are compared with at rates; None where all are of bounds.
        title: of the page.
        command: the command line that made the measurements.
        date: when, as it is to be shown; empty for no date.
        picture_bpppb: rate in bpppb; pictures are of the target nearest it on a logarithmic scale.
        rate_map: bits of each tile of a measurement's file, (tiles down, tiles across); None where
            they are not known.
        left_out: lines on codecs that could not be measured at all.

    Returns:
        The page.

    Raises:
        DataError: no measurement, none of the anchor, or a restored cube of another shape than its
            scene.
        BtcnetError: the folder cannot be written to.
    """
    rated = [m for m in measurements if m.target_error is None]
    bounded = [m for m in measurements if m.target_error is not None]
    results = None
    if rated or not bounded:
        results = Results(rated, anchor=anchor or "", picture_bpppb=picture_bpppb)
    gallery = Gallery()
    run = _Run(
        original=original,
        restored=restored,
        rate_map=rate_map,
        title=title,
        command=command,
        date=date,
        left_out=left_out,
    )
    content = _content(results, bounded, run, gallery)
    page = _environment().get_template(_TEMPLATE).render(content)
    return write_page(folder, page, gallery.files)


def _content(
    results: Results | None, bounded: Sequence[Measurement], run: _Run, gallery: Gallery
) -> dict[str, Any]:
    """What the template shows, by the names it uses."""
    everything = [*(results.all if results else []), *bounded]
    codecs = dict.fromkeys([*(results.codecs if results else []), *(m.codec for m in bounded)])
    styles = codec_styles([*codecs])
    content = {
        "run": run,
        "results": results,
        "styles": styles,
        "facts": _facts(results, everything, len(codecs)),
        "about": {m.codec: m.about for m in everything},
        "bounds": bounds_part(bounded, styles, gallery),
    }
    return content | (_rate_content(results, styles, run, gallery) if results else {})


def _rate_content(
    results: Results, styles: dict[str, CodecStyle], run: _Run, gallery: Gallery
) -> dict[str, Any]:
    """What it shows of rates."""
    # Of one scene the mean says it all.
    has_mean = len(results.scenes) > 1
    return {
        "psnr_table": psnr_table(results, styles) if results.targets else None,
        "cost_table": cost_table(results, styles) if results.targets else None,
        "fixed_table": fixed_rate_table(results, styles),
        "mean_plots": mean_pictures(results, styles, gallery),
        "scene_plots": scene_pictures(results, styles, gallery) if has_mean else [],
        "scenes": [
            scene_part(results, scene, styles, gallery, (run.original(scene), run.restored))
            for scene in results.scenes
        ],
        "tasks": task_part(results, styles, gallery),
        "rate_maps": rate_map_parts(results, styles, gallery, run.rate_map),
        "stage_table": stage_table(results, styles),
        "cost_plots": cost_pictures(results, styles, gallery),
        "measurements": measurement_tables(results, styles),
    }


def _facts(
    results: Results | None, everything: Sequence[Measurement], codecs: int
) -> dict[str, str]:
    failed = sum(m.failed is not None for m in everything)
    targets = [numbers.target(target) for target in (results.targets if results else [])]
    bounds = sorted({m.target_error for m in everything if m.target_error is not None})
    facts = {
        "Scenes": str(len({m.scene for m in everything})),
        "Codecs": str(codecs),
        "Target rates (bpppb)": ", ".join(targets),
        "Bounds of the error": ", ".join(f"{bound:g}" for bound in bounds),
        "Measurements": str(len(everything)),
        "Failed": str(failed) if failed else "",
        "Anchor": results.anchor if results else "",
    }
    return {name: value for name, value in facts.items() if value}


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["target"] = numbers.target
    return environment


def write_page(folder: Path, page: str, pictures: dict[str, bytes]) -> Path:
    """Write the page and, in a folder beside it that is replaced as a whole, its pictures.

    Args:
        folder: exists.
        page: HTML.
        pictures: a PNG for each file name.

    Returns:
        The page's file.

    Raises:
        BtcnetError: the folder is missing or cannot be written to, or the disk is full.
    """
    target = folder / _PAGE
    with atomic_path(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
        fresh = temporary.parent / "pictures"
        fresh.mkdir()
        for name, png in pictures.items():
            (fresh / name).write_bytes(png)
        _exchange(fresh, folder / _PICTURES, temporary.parent / "former")
    return target


def _exchange(fresh: Path, target: Path, aside: Path) -> None:
    """Put a folder in another's place, which is moved aside; back again if the putting fails."""
    if target.exists():
        target.replace(aside)
    try:
        fresh.replace(target)
    except OSError:
        if aside.exists():
            aside.replace(target)
        raise
