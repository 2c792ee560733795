"""Real scenes and photographs on disk, as what recombined scenes are made of."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene
from data_pipeline.folders import SCENE_SUFFIXES
from data_pipeline.readers import open_scene
from data_pipeline.readers.raster import opened
from data_pipeline.readers.sides import side_facts
from data_pipeline.synthetic.band_match import INDEX, Matched, match_bands
from data_pipeline.synthetic.donor import Donor, planes_of, spectra_of
from data_pipeline.synthetic.recombined import COMPONENTS, Planes, Sources

_PHOTOGRAPHS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_SPECTRA = "spectra"

Say = Callable[[str], None]


def load_sources(
    folder: Path | str, bands: int, textures: Path | str | None = None, say: Say = print
) -> Sources:
    """Read all scenes of a folder, and all photographs and scenes of another for textures.

    A scene gives its component planes, and its spectra if its bands are matched exactly or by
    wavelength; matched by band index it gives spectra only where no other scene does. An .npz file
    with an array `spectra` (n, bands) and its wavelengths gives spectra alone.

    Args:
        folder: scene files of any format and band count.
        bands: of the scenes to be made.
        textures: folder of .png, .jpg and scene files, each of a few channels.
        say: is told in a line how each scene's bands were matched.

    Raises:
        DataError: a folder is missing or holds nothing to read, a file cannot be read, or no scene
            has planes.
    """
    scenes = [_read(path) for path in _files(folder, SCENE_SUFFIXES)]
    matched = _match_all(scenes, bands)
    exact = any(each is not None and each.how != INDEX for each in matched)
    donors = []
    for scene, match in zip(scenes, matched, strict=True):
        use = match is not None and not (exact and match.how == INDEX)
        planes = planes_of(scene, COMPONENTS)
        donors.append(Donor(scene.name, spectra_of(match) if match and use else None, planes))
        say(_told(scene, match, use, planes))
    if not any(donor.spectra for donor in donors):
        raise DataError(f"{folder}: no scene with two bands that vary; give real scenes")
    if all(donor.planes is None for donor in donors):
        raise DataError(f"{folder}: no scene with rows and columns; spectra alone make no scene")
    grid = next((each.wavelengths for each in matched if each and each.how != INDEX), None)
    return Sources(donors, _load_textures(textures), grid)


def _match_all(scenes: list[Scene], bands: int) -> list[Matched | None]:
    """Match all scenes, those that need a grid of wavelengths by that of the first that has one."""
    matched = [match_bands(scene, bands) for scene in scenes]
    grids = (each.wavelengths for each in matched if each and each.wavelengths is not None)
    grid = next(grids, None)
    return [
        match_bands(scene, bands, grid) if each and each.how == INDEX else each
        for scene, each in zip(scenes, matched, strict=True)
    ]


def _load_textures(folder: Path | str | None) -> list[Planes]:
    if folder is None:
        return []
    paths = _files(folder, (*_PHOTOGRAPHS, *SCENE_SUFFIXES))
    planes = [planes_of(_read(path), COMPONENTS) for path in paths]
    return [each for each in planes if each is not None]


def _files(folder: Path | str, suffixes: tuple[str, ...]) -> list[Path]:
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name one with real scenes in it")
    visible = (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
    paths = [path for path in visible if path.suffix.lower() in suffixes]
    if not paths:
        raise DataError(f"{folder}: holds nothing to read; looked for {', '.join(suffixes)}")
    return paths


def _read(path: Path) -> Scene:
    if driver := _PHOTOGRAPHS.get(path.suffix.lower()):
        with opened(path, driver) as raster:
            return Scene(name=path.stem, values=np.moveaxis(raster.read(), 0, -1))
    if path.suffix.lower() == ".npz":
        with np.load(path, allow_pickle=False) as stored:
            if _SPECTRA in stored.files:
                return _library(path, stored)
    return open_scene(path).read_all()


def _library(path: Path, stored: np.lib.npyio.NpzFile) -> Scene:
    """Spectra without a place, as a scene of one row."""
    values = stored[_SPECTRA]
    if values.ndim != 2:
        raise DataError(f"{path}: '{_SPECTRA}' has {values.ndim} axes; it must be (n, bands)")
    arrays = {name.lower(): stored[name] for name in stored.files if name != _SPECTRA}
    sides = side_facts(arrays, (0, 1, 2), (1, *values.shape), values.dtype, path)
    sides.pop("read_mask", None)
    return Scene(name=path.stem, values=values[None], **sides)


def _told(scene: Scene, match: Matched | None, use: bool, planes: Planes | None) -> str:
    bands = f"{scene.values.shape[2]} bands"
    spectra = f"spectra {match.how}" if match and use else "no spectra"
    texture = "no planes" if planes is None else f"{planes.shape[2]} planes"
    return f"{scene.name}: {bands}, {spectra}, {texture}"
