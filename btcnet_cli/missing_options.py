"""The options that say which samples are no data, for every command that codes or measures a scene."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.streams import is_standard, real_file

if TYPE_CHECKING:
    from btcnet_jax.scene import Scene, SceneInfo, SceneSource

KEEP, DROP = "keep", "drop"


def add_missing_options(parser: argparse.ArgumentParser) -> None:
    """Declare --nodata, --mask and --bad-bands."""
    parser.add_argument(
        "--nodata",
        type=float,
        metavar="V",
        help="value of samples that are no data, where the file does not say it itself",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="which pixels are data: not 0 in a raster of one band, or in a .npy of two axes",
    )
    parser.add_argument(
        "--bad-bands",
        choices=(KEEP, DROP),
        default=KEEP,
        help="bands that the scene's list calls bad: keep them, weighted least, or let them come back as "
        "nodata (keep)",
    )


def read_as_asked(path: Path, arguments: argparse.Namespace) -> "Scene":
    """The scene with the missing samples and the bad bands that the options ask for.

    Raises:
        DataError: the scene or the mask cannot be read, they do not fit, or no sample is left.

    Warns:
        DataWarning: the cube looks wrong: its axes, or a value that must mark missing samples.
    """
    from data_pipeline.readers import read_scene

    with real_file(path) as file:
        scene = read_scene(file, arguments.variable, arguments.axes)
    return scene_as_asked(path, scene, arguments)


def scene_as_asked(path: Path, scene: "Scene", arguments: argparse.Namespace) -> "Scene":
    """The same of a scene that was read; errors and warnings are those of `read_as_asked`."""
    from btcnet_jax.scene.missing_samples import without_bad_bands
    from btcnet_jax.scene.suspicion import warn_of_range
    from data_pipeline.readers.mask_file import with_missing_named

    if is_standard(path):
        scene.name = ""
    scene = with_missing_named(scene, arguments.nodata, arguments.mask)
    warn_of_range(scene, str(path))
    return without_bad_bands(scene) if arguments.bad_bands == DROP else scene


def source_as_asked(
    path: Path, source: "SceneSource", arguments: argparse.Namespace
) -> "SceneSource":
    """The same of a scene on disk, of which nothing is read here.

    Raises:
        DataError: as of `read_as_asked`, but for what the samples alone can tell.
    """
    import dataclasses

    from btcnet_jax.scene.missing import required_nodata, source_masked
    from btcnet_jax.scene.missing_samples import source_without_bad_bands
    from data_pipeline.readers.mask_file import read_mask

    if is_standard(path):
        source = dataclasses.replace(source, name="")
    if arguments.nodata is not None:
        nodata = required_nodata(arguments.nodata, source.dtype, source.name)
        source = dataclasses.replace(source, nodata=nodata)
    if arguments.mask is not None:
        rows, cols, _ = source.shape
        source = source_masked(source, read_mask(arguments.mask, (rows, cols)))
    return source_without_bad_bands(source) if arguments.bad_bands == DROP else source


def counted(number: int, what: str) -> str:
    """So many of something, in words."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def told(scene: "SceneInfo", bad_bands: str) -> list[str]:
    """What is known of a scene besides its samples, in words, and what becomes of its bad bands."""
    lists = {
        "wavelengths": scene.wavelengths,
        "widths": scene.fwhm,
        "band names": scene.band_names,
        "CRS": scene.crs,
        "map transform": scene.transform,
        "control points": scene.gcps,
        "geometry lookup table": scene.glt,
        "scale": scene.scale,
        "offset": scene.offset,
        "units": scene.units,
    }
    words = [name for name, value in lists.items() if value is not None]
    if scene.tags:
        words.append(counted(len(scene.tags), "tag"))
    if scene.nodata is not None:
        words.append(f"nodata {scene.nodata:g}")
    if scene.band_mask is not None and not scene.band_mask.all():
        bad = int((~scene.band_mask).sum())
        how = "coded, weighted least" if bad_bands == KEEP else "come back as nodata"
        words.append(f"{counted(bad, 'bad band')} ({how})")
    return words
