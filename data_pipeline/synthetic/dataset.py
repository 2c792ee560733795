"""A folder of synthetic scenes for training and testing, safe to write again."""

import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_path
from btcnet_jax.progress import Progress
from data_pipeline.synthetic.generator import synthetic_scene
from data_pipeline.synthetic.settings import SyntheticSettings

_SPLITS = ("train", "test")
_KEYS = {"cube.npy", "wavelength_nm.npy", "bbl.npy"}
_VERSION = 1
"""Raised when the same settings give other scenes than before."""


def write_dataset(
    folder: Path | str,
    train: int,
    test: int,
    settings: SyntheticSettings,
    progress: Progress | None = None,
) -> list[Path]:
    """Write scenes as folder/train/scene_000.npz, ... and folder/test/scene_000.npz, ...

    Each file holds `cube` (rows, cols, bands), `wavelength_nm` (bands,) float64 and `bbl` (bands,)
    uint8, 1 for a usable band. Scenes appear whole or not at all, and one already there is kept, so
    an interrupted call is repeated to finish, and a larger one adds scenes. Every scene has a seed
    of its own, no seed serves both splits, and all scenes are of one sensor.

    Args:
        folder: where to write; made if missing. settings.json in it records the settings.
        train, test: number of scenes of each split, at least 0, not both 0.
        settings: of all scenes; the seeds of the scenes follow from its seed.
        progress: called with (scenes done, scenes in all) at the start and after each scene.

    Returns:
        The paths of all scenes, those of train first.

    Raises:
        DataError: a count is negative or both are 0, the folder holds a data set of other settings
            or more scenes than asked for, or it cannot be written.
    """
    counts = (train, test)
    if min(counts) < 0 or sum(counts) == 0:
        raise DataError(f"{train} train and {test} test scenes; ask for at least one, none below 0")
    folder = Path(folder)
    _prepare(folder, counts, settings)
    jobs = [(split, index) for split, count in enumerate(counts) for index in range(count)]
    paths = [_scene_path(folder, split, index) for split, index in jobs]
    for done, ((split, index), path) in enumerate(zip(jobs, paths, strict=True)):
        if progress:
            progress(done, len(jobs))
        if not _is_complete(path):
            _write_scene(path, scene_settings(settings, split, index))
    if progress:
        progress(len(jobs), len(jobs))
    return paths


def scene_settings(settings: SyntheticSettings, split: int, index: int) -> SyntheticSettings:
    """Return the settings of one scene of a data set: a seed of its own, the common sensor.

    Args:
        settings: of the data set.
        split: 0 for train, 1 for test.
        index: number of the scene in its split, below 2**32.
    """
    common = settings.seed if settings.sensor_seed is None else settings.sensor_seed
    # Fields of one integer cannot collide as hashes could.
    seed = (settings.seed << 33) | (split << 32) | index
    return replace(settings, seed=seed, sensor_seed=common)


def _scene_path(folder: Path, split: int, index: int) -> Path:
    return folder / _SPLITS[split] / f"scene_{index:03d}.npz"


def _prepare(folder: Path, counts: tuple[int, int], settings: SyntheticSettings) -> None:
    """Make the folders and record the settings; refuse to mix with another data set."""
    record = folder / "settings.json"
    text = json.dumps({"version": _VERSION, **asdict(settings)}, indent=2) + "\n"
    try:
        for split in _SPLITS:
            (folder / split).mkdir(parents=True, exist_ok=True)
        previous = record.read_text(encoding="utf-8") if record.exists() else None
    except OSError as error:
        raise DataError(f"{folder}: cannot be used ({error.strerror}); give another") from None
    present = {path for split in _SPLITS for path in (folder / split).glob("*.npz")}
    if present and previous != text:
        raise DataError(f"{folder}: holds scenes of other settings; empty it or give another")
    wanted = {_scene_path(folder, s, i) for s, count in enumerate(counts) for i in range(count)}
    if extra := sorted(present - wanted):
        raise DataError(f"{extra[0]}: is beyond the scenes asked for; delete it or ask for more")
    if previous != text:
        with atomic_path(record) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _is_complete(path: Path) -> bool:
    """Whether a scene is there with all its arrays; a copy cut short lacks its directory."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) == _KEYS
    except (OSError, zipfile.BadZipFile):
        return False


def _write_scene(path: Path, settings: SyntheticSettings) -> None:
    scene = synthetic_scene(settings)
    assert scene.wavelengths is not None, "a synthetic scene knows its bands"
    assert scene.band_mask is not None, "a synthetic scene knows its bands"
    good = scene.band_mask.astype(np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, cube=scene.values, wavelength_nm=scene.wavelengths, bbl=good)
