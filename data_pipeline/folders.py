"""Training scenes from a folder: DIR/train and DIR/test, with scene files in each."""

from collections import Counter
from pathlib import Path

from btcnet_jax.errors import DataError
from btcnet_jax.scene.checks import require_valid_data
from btcnet_jax.scene.scene import Scene, SceneSource
from data_pipeline.places import PatchPlaces
from data_pipeline.readers import open_scene

SCENE_SUFFIXES = (
    *(".mat", ".npy", ".npz", ".hdr", ".tif", ".tiff"),
    *(".h5", ".hdf5", ".he5", ".nc"),
)
"""Suffixes looked for in a folder. ENVI pairs are found by their header, so they count once."""

_NAMED = 5  # Files named in a message; more would not fit a line.


def list_scenes(folder: Path | str, split: str) -> list[Path]:
    """The scene files of a split, sorted by name; hidden files are passed over.

    Args:
        folder: holds one folder per split: folder/train, folder/test.
        split: the split's name.

    Raises:
        DataError: the folder or the split is missing, or no scene is in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name one that holds train/ and test/")
    inside = folder / split
    if not inside.is_dir():
        raise DataError(
            f"{folder}: has no folder '{split}'; expected are {folder.name}/train and"
            f" {folder.name}/test with scene files in them"
        )
    return scenes_in(inside)


def scenes_in(folder: Path) -> list[Path]:
    """The scene files that lie right in a folder, sorted by name; hidden files are passed over.

    Raises:
        DataError: there is none.
    """
    scenes = sorted(path for path in folder.iterdir() if _is_scene(path))
    if not scenes:
        raise DataError(f"{folder}: holds no scene; looked for {', '.join(SCENE_SUFFIXES)}")
    return scenes


def load_training_scenes(
    folder: Path | str,
    split: str,
    *,
    bands: int,
    min_rows: int,
    min_cols: int,
    variable: str | None = None,
    axes: str | None = None,
) -> list[Scene]:
    """Loads all scenes of a split and checks that a model can be trained on them.

    Args:
        folder: holds one folder per split.
        split: the split's name.
        bands: bands every scene must have.
        min_rows: rows every scene must have at least, those of a patch.
        min_cols: columns every scene must have at least, those of a patch.
        variable: name of the array in each file, for files that hold several.
        axes: of `open_scene`.

    Returns:
        The scenes in the order of `list_scenes`, not constant. Samples may be missing, but each scene
        has places for patches of this size without any.

    Raises:
        DataError: the first thing found wrong, with the file's name and what to do.
    """
    paths = list_scenes(folder, split)
    # All shapes first: they are known before anything large is read.
    sources = {path: open_scene(path, variable, axes) for path in paths}
    _require_bands(sources, bands)
    for path, source in sources.items():
        _require_size(path, source, min_rows, min_cols)
    scenes = []
    for path, source in sources.items():
        scene = source.read_all()
        require_valid_data(scene, str(path))
        PatchPlaces.of(scene, (min_rows, min_cols), str(path))
        scenes.append(scene)
    return scenes


def _is_scene(path: Path) -> bool:
    visible = not path.name.startswith(".")
    return visible and path.suffix.lower() in SCENE_SUFFIXES and path.is_file()


def _require_bands(sources: dict[Path, SceneSource], bands: int) -> None:
    counts = {path: source.shape[2] for path, source in sources.items()}
    usual = Counter(counts.values()).most_common(1)[0][0]
    odd = [f"{path.name} has {count}" for path, count in counts.items() if count != usual]
    folder = next(iter(sources)).parent
    if odd:
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        raise DataError(
            f"{folder}: scenes differ in bands: most have {usual}, but {', '.join(odd[:_NAMED])}"
            f"{more}; keep scenes of one band count in a folder"
        )
    if usual != bands:
        raise DataError(
            f"{next(iter(sources))}: has {usual} bands, the model {bands};"
            f" set --config.model.bands={usual}, or give scenes of {bands} bands"
        )


def _require_size(path: Path, source: SceneSource, min_rows: int, min_cols: int) -> None:
    rows, cols, _ = source.shape
    if rows < min_rows or cols < min_cols:
        raise DataError(
            f"{path}: {rows} rows x {cols} columns are less than a patch of {min_rows} x"
            f" {min_cols}; lower --config.data.patch_rows/--config.data.patch_cols or leave it out"
        )
