"""A scene among raw files: how to open it, and how to tell that it has not changed."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource
from data_pipeline.folders import SCENE_SUFFIXES
from data_pipeline.readers import open_scene
from data_pipeline.readers.envi_files import data_file
from data_pipeline.tiling import TEST, TRAIN


@dataclass(frozen=True, kw_only=True)
class SceneFile:
    """A scene of a data set as its publisher ships it.

    Attributes:
        name: path of its file below the raw folder, with "/".
        split: "train" or "test" where its folder decides, else None.
        files: all files it is made of.
        open: opens it for reading in windows.
        fill: a pixel whose kept bands all equal this lies outside the scene; None where there is none.
    """

    name: str
    split: str | None
    files: tuple[Path, ...]
    open: Callable[[], SceneSource]
    fill: int | float | None = None

    def sizes(self) -> list[tuple[str, int]]:
        """Name and bytes of each file."""
        return [(path.name, path.stat().st_size) for path in self.files]

    def fingerprint(self) -> list[tuple[str, int, int]]:
        """Name, bytes and time of last change, in nanoseconds, of each file."""
        return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in self.files]


def scene_file(
    raw: Path, path: Path, split: str | None, variable: str | None, axes: str | None = None
) -> SceneFile:
    """The scene in one file, or in an ENVI header and its data file."""
    beside: list[Path] = []
    if path.suffix.lower() == ".hdr":
        with contextlib.suppress(DataError):  # Opening tells it.
            beside = [data_file(path)]
    return SceneFile(
        name=path.relative_to(raw).as_posix(),
        split=split,
        files=(path, *beside),
        open=partial(open_scene, path, variable, axes),
    )


def scene_paths(folder: Path) -> list[Path]:
    """Scene files at any depth below a folder, sorted; nothing hidden."""
    return [path for path in visible(folder) if path.suffix.lower() in SCENE_SUFFIXES]


def visible(folder: Path) -> list[Path]:
    """Files at any depth below a folder, sorted, without hidden ones and those in hidden folders."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def split_folders(raw: Path) -> Iterable[tuple[Path, str | None]]:
    """raw/train and raw/test with their splits where they exist, else raw itself without one.

    Raises:
        DataError: raw is no folder, or only one of the two exists.
    """
    if not raw.is_dir():
        raise DataError(f"{raw}: no such folder; --raw names the folder of the files as downloaded")
    folders = {split: raw / split for split in (TRAIN, TEST)}
    there = [split for split, folder in folders.items() if folder.is_dir()]
    if len(there) == 1:
        raise DataError(
            f"{raw}: has a folder {there[0]}/ but not the other of train/ and test/; add it, or"
            f" move the scenes out of {there[0]}/ to split them by --test-fraction"
        )
    return [(folders[split], split) for split in there] if there else [(raw, None)]
