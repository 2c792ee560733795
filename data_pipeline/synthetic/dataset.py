"""A folder of made scenes for training and testing, safe to write again."""

import json
import multiprocessing
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_path
from btcnet_jax.progress import Progress
from btcnet_jax.scene.scene import Scene
from data_pipeline.synthetic.generator import synthetic_scene
from data_pipeline.synthetic.recombined import RecombinedSettings, Sources, recombined_scene
from data_pipeline.synthetic.settings import SyntheticSettings

_SPLITS = ("train", "test")
_CUBE = "cube.npy"
_VERSION = 1
"""Raised when the same settings give other scenes than before."""

Make = Callable[[int, int], Scene]
_Job = tuple[Path, int, int]


def write_dataset(
    folder: Path | str,
    train: int,
    test: int,
    settings: SyntheticSettings,
    progress: Progress | None = None,
    processes: int = 1,
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
        processes: how many make scenes side by side; the scenes do not depend on it.

    Returns:
        The paths of all scenes, those of train first.

    Raises:
        DataError: a count is negative or both are 0, the folder holds a data set of other settings
            or more scenes than asked for, or it cannot be written.
    """
    record = {"version": _VERSION, **asdict(settings)}
    make = partial(_from_nothing, settings)
    return _write_scenes(Path(folder), (train, test), record, make, progress, processes)


def write_recombined(
    folder: Path | str,
    train: int,
    test: int,
    settings: RecombinedSettings,
    sources: tuple[Sources, Sources],
    progress: Progress | None = None,
    processes: int = 1,
) -> list[Path]:
    """Write recombined scenes, laid out and safe to repeat as those of `write_dataset`.

    A file holds `cube`, and `wavelength_nm` where a donor tells its wavelengths.

    Args:
        folder, train, test, progress, processes: see `write_dataset`.
        settings: of all scenes; the seeds of the scenes follow from its seed.
        sources: what training and test scenes are made of.

    Raises:
        DataError: as `write_dataset`; scenes made of other donors are other settings.
    """
    donors = [[donor.name for donor in each.donors] for each in sources]
    textures = [len(each.textures) for each in sources]
    record = {"version": _VERSION, **asdict(settings), "like": donors, "textures": textures}
    make = partial(_recombined, settings, sources)
    return _write_scenes(Path(folder), (train, test), record, make, progress, processes)


def _from_nothing(settings: SyntheticSettings, split: int, index: int) -> Scene:
    return synthetic_scene(scene_settings(settings, split, index))


def _recombined(
    settings: RecombinedSettings, sources: tuple[Sources, Sources], split: int, index: int
) -> Scene:
    own = replace(settings, seed=_scene_seed(settings.seed, split, index))
    return recombined_scene(own, sources[split])


def scene_settings(settings: SyntheticSettings, split: int, index: int) -> SyntheticSettings:
    """Return the settings of one scene of a data set: a seed of its own, the common sensor.

    Args:
        settings: of the data set.
        split: 0 for train, 1 for test.
        index: number of the scene in its split, below 2**32.
    """
    common = settings.seed if settings.sensor_seed is None else settings.sensor_seed
    return replace(settings, seed=_scene_seed(settings.seed, split, index), sensor_seed=common)


def _scene_seed(seed: int, split: int, index: int) -> int:
    # Fields of one integer cannot collide as hashes could.
    return (seed << 33) | (split << 32) | index


def _write_scenes(
    folder: Path,
    counts: tuple[int, int],
    record: dict[str, Any],
    make: Make,
    progress: Progress | None,
    processes: int,
) -> list[Path]:
    """Write the scenes that are not there yet; `make` gives that of a split and an index."""
    if min(counts) < 0 or sum(counts) == 0:
        raise DataError(
            f"{counts[0]} train and {counts[1]} test scenes; ask for at least one, none below 0"
        )
    _prepare(folder, counts, record)
    jobs = [(split, index) for split, count in enumerate(counts) for index in range(count)]
    paths = [_scene_path(folder, split, index) for split, index in jobs]
    left = [(path, *job) for path, job in zip(paths, jobs, strict=True) if not _is_complete(path)]
    there = len(jobs) - len(left)
    if progress:
        progress(there, len(jobs))
    for done, _ in enumerate(_write_each(make, left, min(processes, len(left))), there + 1):
        if progress:
            progress(done, len(jobs))
    return paths


def _write_each(make: Make, jobs: list[_Job], processes: int) -> Iterator[None]:
    """Make and write scenes; yields after each, in the order in which they are finished."""
    if processes <= 1:
        for job in jobs:
            _write_job(make, job)
            yield
        return
    context = multiprocessing.get_context("spawn")
    # `make` holds what all scenes are made of, so it goes to each process once.
    with ProcessPoolExecutor(processes, context, _keep, (make,)) as pool:
        try:
            for finished in as_completed([pool.submit(_write_kept, job) for job in jobs]):
                finished.result()
                yield
        finally:
            pool.shutdown(cancel_futures=True)


_kept: list[Make] = []
"""In a process of its own: what makes scenes."""


def _keep(make: Make) -> None:
    _kept[:] = [make]


def _write_kept(job: _Job) -> None:
    _write_job(_kept[0], job)


def _write_job(make: Make, job: _Job) -> None:
    path, split, index = job
    _write_scene(path, make(split, index))


def _scene_path(folder: Path, split: int, index: int) -> Path:
    return folder / _SPLITS[split] / f"scene_{index:03d}.npz"


def _prepare(folder: Path, counts: tuple[int, int], settings: dict[str, Any]) -> None:
    """Make the folders and record the settings; refuse to mix with another data set."""
    record = folder / "settings.json"
    text = json.dumps(settings, indent=2) + "\n"
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
    """Whether a scene is there; a copy cut short lacks the archive's directory, which comes last."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _CUBE in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _write_scene(path: Path, scene: Scene) -> None:
    arrays = {"cube": scene.values}
    if scene.wavelengths is not None:
        arrays["wavelength_nm"] = scene.wavelengths
    if scene.band_mask is not None:
        arrays["bbl"] = scene.band_mask.astype(np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
