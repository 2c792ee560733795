"""Hyperion L1T: a scene as one GeoTIFF a band, read as one cube."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource
from data_pipeline.builders.scene_files import SceneFile, visible
from data_pipeline.readers.geotiff import open_geotiff
from data_pipeline.sensors import HYPERION

_BAND = re.compile(r"(?P<scene>EO1H.*)_B(?P<band>\d{3})_L1[A-Z]+\.TIFF?", re.IGNORECASE)
_FILL = 0
"""What L1T files hold outside the tilted swath."""


def band_folders(folder: Path) -> dict[Path, list[Path]]:
    """Single-band files by scene, at any depth.

    Returns:
        For each scene, named by its folder and the files' common beginning, its files in the order
        of the bands.
    """
    found: dict[Path, list[Path]] = {}
    for path in visible(folder):
        match = _BAND.fullmatch(path.name)
        if match:
            found.setdefault(path.parent / match["scene"], []).append(path)
    return {key: sorted(paths, key=_band) for key, paths in found.items()}


def band_folder_scene(raw: Path, key: Path, paths: list[Path], split: str | None) -> SceneFile:
    """The scene made of single-band files.

    Pixels that are 0, or the files' own nodata value, in all bands are outside the swath. The value
    itself may occur in single bands of a dark pixel, so it does not become the scene's nodata.

    Raises:
        DataError: a band is missing or there twice.
    """
    numbers = [_band(path) for path in paths]
    missing = sorted(set(range(1, HYPERION.bands + 1)) - set(numbers))
    if missing or len(numbers) != HYPERION.bands:
        what = f"misses band {missing[0]:03d}" if missing else "holds a band twice"
        raise DataError(
            f"{key}: {what}; {len(numbers)} single-band files, L1T has {HYPERION.bands}:"
            f" unpack the whole scene into one folder"
        )
    nodata = open_geotiff(paths[0], None, None).nodata
    return SceneFile(
        name=key.relative_to(raw).as_posix(),
        split=split,
        files=tuple(paths),
        open=partial(_open, key.name, paths),
        fill=_FILL if nodata is None else nodata,
    )


def _band(path: Path) -> int:
    match = _BAND.fullmatch(path.name)
    assert match is not None, "only matching files are collected"
    return int(match["band"])


def _open(name: str, paths: list[Path]) -> SceneSource:
    bands = [open_geotiff(path, None, None) for path in paths]
    first = bands[0]
    for path, band in zip(paths, bands, strict=True):
        if (band.shape, band.dtype) != ((*first.shape[:2], 1), first.dtype):
            raise DataError(
                f"{path}: is {band.shape} {band.dtype}, band 1 of the scene {first.shape}"
                f" {first.dtype}; unpack the scene again"
            )

    def read_window(rows: slice, cols: slice) -> np.ndarray:
        return np.concatenate([band.read(rows, cols) for band in bands], axis=2)

    return replace(
        first,
        name=name,
        shape=(*first.shape[:2], len(bands)),
        read_window=read_window,
        nodata=None,
        wavelengths=None,
        fwhm=None,
        band_mask=None,
    )
