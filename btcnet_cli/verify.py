"""Check a compressed file against its original: the greatest error, bounds that are broken, what differs.

example:
  main.py verify scene.hdr scene.btcn
  main.py verify scene.hdr scene.btcn --max-error 2      # of a file that promises nothing, or to ask for more
  main.py verify scene.hdr scene.btcn --json - --per-band

The file is decoded, one of more than 2^26 samples some lines at a time; every valid sample is compared exactly.
The exit status is 1 where a bound is broken that the file promises (compress --max-error) or that is asked for
here, or where samples come or go; metadata that differ are told.
--nodata, --mask and --bad-bands are those that the file was compressed with.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.bound_options import add_bound_options, bound_of, is_bound
from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.evaluate_pair import is_compressed, large_stream, require_shape
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.limit_options import add_limit_options, limits_of
from btcnet_cli.missing_options import (
    add_missing_options,
    counted,
    scene_as_asked,
    source_as_asked,
)
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file, words_aside
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float64

    from btcnet_jax.codec.verification import Verification
    from btcnet_jax.scene import Scene, SceneInfo, SceneSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("original", type=Path, help="the cube that was compressed, or -")
    parser.add_argument("file", type=Path, help="the .btcn file, or -")
    parser.add_argument("--model", type=Path, help="trained model that wrote it, where one did")
    parser.add_argument("--per-band", action="store_true", help="print the figures of every band")
    add_bound_options(parser.add_mutually_exclusive_group())
    add_json_option(parser, "all figures, per-band ones too,")
    add_cube_options(parser)
    add_missing_options(parser)
    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, print what was found; 1 where a promise is broken."""
    from btcnet_jax.scene.lines import is_large
    from data_pipeline.readers import open_scene

    with words_aside(arguments.json):
        if all(map(is_standard, (arguments.original, arguments.file))):
            raise ConfigError("standard input is one file: name the other")
        require_json_place(arguments.json, arguments.original, arguments.file)
        with real_file(arguments.original) as real:
            source = open_scene(real, arguments.variable, arguments.axes)
            scene: Scene | SceneSource
            if is_large(source.shape):
                scene = source_as_asked(arguments.original, source, arguments)
            else:
                scene = scene_as_asked(arguments.original, source.read_all(), arguments)
            with real_file(arguments.file) as path:
                if not is_compressed(path):
                    raise ConfigError(
                        f"{arguments.file} is no .btcn file: `evaluate` measures a restored cube"
                    )
                found, promised = _compare(scene, path, arguments)
        for line in _lines(scene, found, promised):
            print(line)
        if arguments.per_band:
            _print_bands(found)
        write_json(arguments.json, {"promised": promised, **found.to_json()})
    return 1 if found.broken or found.samples_gone else 0


def _compare(
    scene: "Scene | SceneSource", path: Path, arguments: argparse.Namespace
) -> tuple["Verification", bool]:
    """What was found, and whether the file itself promises something."""
    import numpy as np

    from btcnet_cli.progress import progress_bar
    from btcnet_jax.codec import open_file
    from btcnet_jax.codec.verification import verify, verify_stream
    from btcnet_jax.container.scene_sections import read_facts
    from btcnet_jax.container.sections import SectionKind
    from btcnet_jax.parts.bounds import read_bounds
    from btcnet_jax.scene import Scene

    with about(path), progress_bar("decoding") as progress:
        file = open_file(path, arguments.model, limits_of(arguments))
        require_shape((scene.values if isinstance(scene, Scene) else scene).shape, file.shape)
        bounds = _asked(scene, arguments)
        promised = file.header.is_bounded
        if promised:
            zero = np.zeros(file.shape[2])
            has = SectionKind.BOUNDS in file.file.sections
            told = read_bounds(file.file).errors if has else zero
            bounds = told if bounds is None else np.minimum(told, bounds)
        if isinstance(scene, Scene):
            return verify(scene, file.decompress(progress), bounds), promised
        stream = large_stream(file, path, progress)
        return verify_stream(scene, stream, read_facts(file.file), bounds), promised


def _asked(
    scene: "Scene | SceneSource", arguments: argparse.Namespace
) -> "Float64[np.ndarray, ' bands'] | None":
    """The bound of each band that the command line asks for, if it does."""
    if not is_bound(arguments):
        return None
    from btcnet_jax.scene import Scene
    from btcnet_jax.scene.gathering import gather_facts

    # The codec of a bound needs no model; that of another file does.
    bound = bound_of(argparse.Namespace(**(vars(arguments) | {"model": None})))
    if isinstance(scene, Scene) or not bound.relative:
        return bound.errors(scene)
    return bound.errors(scene, gather_facts(scene).extremes)


def _lines(scene: "SceneInfo", found: "Verification", promised: bool) -> list[str]:
    worst, lines = found.worst, list[str]()
    if worst.place is None:
        lines.append("greatest error: 0, every valid sample is what it was")
    else:
        at = "" if scene.wavelengths is None else f" ({scene.wavelengths[worst.band]:g} nm)"
        lines.append(
            f"greatest error: {worst.error:g} at row {worst.place[0]}, column {worst.place[1]},"
            f" band {worst.band}{at}, counted from 0"
        )
    broken = sum(band.broken for band in found.bands)
    if worst.bound is None:
        lines.append("bound: the file promises none; ask for one with --max-error")
    elif broken:
        lines.append(
            f"bound: BROKEN in {counted(broken, 'band')}; {worst.bound:g} is that of this one"
        )
    else:
        most = max(band.bound for band in found.bands if band.bound is not None)
        lines.append(f"bound: kept in all {len(found.bands)} bands, {_limit(most, promised)}")
    if found.samples_gone:
        lines.append(f"no data: DIFFERS at {counted(found.samples_gone, 'sample')}")
    if found.samples_refilled:
        lines.append(
            f"no data: {counted(found.samples_refilled, 'missing sample')} with another value"
        )
    if found.differences:
        lines.append(f"metadata that differ: {', '.join(found.differences)}")
    return lines


def _limit(most: float, promised: bool) -> str:
    """The loosest bound of any band, in words."""
    whose = "promised" if promised else "asked for"
    return f"{most:g} at most {whose}" if most else f"{whose}: every valid sample as it was"


def _print_bands(found: "Verification") -> None:
    from btcnet_jax.tables import Column, print_table

    rows: list[dict[str, Any]] = [
        {
            "band": str(band.band),
            "error": f"{band.error:g}",
            "bound": None if band.bound is None else f"{band.bound:g}",
            "place": None if band.place is None else f"{band.place[0]}, {band.place[1]}",
            "kept": "BROKEN" if band.broken else "",
        }
        for band in found.bands
    ]
    names = {
        "band": "band",
        "error": "greatest error",
        "bound": "bound",
        "place": "row, column",
        "kept": "",
    }
    print_table(rows, [Column(key=key, name=name) for key, name in names.items()])
