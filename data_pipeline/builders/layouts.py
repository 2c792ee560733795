"""Finds the scenes of each data set in the layout its publisher ships."""

import re
from pathlib import Path

from btcnet_jax.errors import DataError
from data_pipeline.builders.band_folder import band_folder_scene, band_folders
from data_pipeline.builders.scene_files import (
    SceneFile,
    scene_file,
    scene_paths,
    split_folders,
    visible,
)
from data_pipeline.readers.envi_files import DATA_SUFFIXES

# Files that lie beside an AVIRIS flight line: geometry, viewing angles, location, water vapor.
_AVIRIS_SIDE = {"glt", "igm", "obs", "loc", "eph", "lonlat", "gain", "h2o", "spc"}


def find_folder_scenes(raw: Path, variable: str | None, axes: str | None = None) -> list[SceneFile]:
    """Every scene file at any depth, by suffix; `variable` names the array in files of several."""
    return [
        scene_file(raw, path, split, variable, axes)
        for folder, split in split_folders(raw)
        for path in scene_paths(folder)
    ]


def find_aviris(raw: Path, variable: str | None, axes: str | None = None) -> list[SceneFile]:
    """Flight lines at any depth: ENVI headers with their data files, and .mat; no geometry files."""
    return [
        scene
        for scene in find_folder_scenes(raw, variable, axes)
        if not _AVIRIS_SIDE & set(re.split(r"[_.]", Path(scene.name).stem.lower()))
    ]


def find_whu_hi(
    raw: Path, variable: str | None, place: str, axes: str | None = None
) -> list[SceneFile]:
    """The one scene of a WHU-Hi place: WHU_Hi_<place>.mat at any depth, else its ENVI header.

    The array in the .mat file is named like the file, unless `variable` says otherwise.

    Raises:
        DataError: the folder is missing, or the scene lies in it twice.
    """
    if not raw.is_dir():
        raise DataError(f"{raw}: no such folder; --raw names the folder of the files as downloaded")
    name = f"WHU_Hi_{place}"
    for suffix in (".mat", ".hdr"):
        wanted = (name + suffix).lower()
        # The ENVI files are spelled with hyphens.
        found = [path for path in visible(raw) if path.name.lower().replace("-", "_") == wanted]
        if len(found) > 1:
            raise DataError(
                f"{raw}: holds {wanted} {len(found)} times: {found[0]}, {found[1]}; keep one"
            )
        if found:
            own = name if suffix == ".mat" else None
            return [scene_file(raw, found[0], None, variable or own, axes)]
    return []


def find_hyperion(raw: Path, variable: str | None, axes: str | None = None) -> list[SceneFile]:
    """L1T scenes as folders of one GeoTIFF a band, and scenes exported to ENVI or .mat.

    Raises:
        DataError: a scene is there as L1R only, which is HDF4, or an L1T scene lacks bands.
    """
    scenes = []
    for folder, split in split_folders(raw):
        _refuse_hdf4(folder)
        bands = band_folders(folder)
        taken = {path for paths in bands.values() for path in paths}
        scenes += [band_folder_scene(raw, key, paths, split) for key, paths in bands.items()]
        scenes += [
            scene_file(raw, path, split, variable, axes)
            for path in scene_paths(folder)
            if path not in taken
        ]
    return sorted(scenes, key=lambda scene: scene.name)


def _refuse_hdf4(folder: Path) -> None:
    for path in visible(folder):
        if path.suffix.lower() != ".l1r":
            continue
        suffixes = (*DATA_SUFFIXES, ".mat")
        if not any(path.with_suffix(suffix).is_file() for suffix in suffixes):
            raise DataError(
                f"{path}: L1R is HDF4, which rasterio's own GDAL cannot read; export it to ENVI"
                f" ({path.stem}.img with {path.stem}.hdr) beside it, or take the scene as L1T"
            )
