"""Looks at all scenes before anything is written: shapes, types, splits, patches to cut."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from btcnet_jax.errors import DataError
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.sensors import Sensor
from data_pipeline.tiling import Rows, patch_origins, split_by_region, split_by_scene

_BY_FOLDER, _BY_SCENE = "folders train/ and test/", "whole scenes"
_BY_REGION = "the lowest rows of each scene"


@dataclass(frozen=True, kw_only=True)
class PlannedScene:
    """A scene and its patches.

    Attributes:
        file: where it is.
        shape: (rows, cols, bands as shipped).
        origins: upper left corners (row, column) of its patches, by split.
    """

    file: SceneFile
    shape: tuple[int, int, int]
    origins: dict[str, list[tuple[int, int]]]

    @property
    def patches(self) -> int:
        """How many patches the scene has in all."""
        return sum(map(len, self.origins.values()))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be written.

    Attributes:
        scenes: sorted by name.
        kept: indices of the bands that are kept, counting from 0.
        dtype: of every patch.
        split_rule: how training and test were told apart, in words.
        sensor: whose scenes these are; None for anyone's.
        settings: as given.
    """

    scenes: tuple[PlannedScene, ...]
    kept: tuple[int, ...]
    dtype: np.dtype
    split_rule: str
    sensor: Sensor | None
    settings: ConversionSettings

    @property
    def patch_shape(self) -> tuple[int, int, int]:
        """(rows, cols, bands) of a patch."""
        return self.settings.patch_rows, self.settings.patch_cols, len(self.kept)


def make_plan(
    files: Sequence[SceneFile], sensor: Sensor | None, settings: ConversionSettings
) -> Plan:
    """Opens each scene once, without reading samples where its format allows, and plans its patches.

    Args:
        files: the scenes, at least one.
        sensor: whose they are; None takes any band count that all scenes share.
        settings: sizes of the patches.

    Raises:
        DataError: band counts differ or are not the sensor's, a scene is smaller than a patch, or the
            scenes' types have no common one.
    """
    files = sorted(files, key=lambda file: file.name)
    shapes, dtypes = [], []
    for file in files:
        source = file.open()  # Not kept: some formats are loaded whole when opened.
        rows, cols, bands = source.shape
        shapes.append((rows, cols, bands))
        dtypes.append(source.dtype)
    names = [file.name for file in files]
    _require_bands(names, [shape[2] for shape in shapes], sensor)
    for name, shape in zip(names, shapes, strict=True):
        _require_size(name, shape, settings)
    regions, rule = _regions(files, [shape[0] for shape in shapes], settings)
    return Plan(
        scenes=tuple(
            PlannedScene(file=file, shape=shape, origins=_origins(region, shape[1], settings))
            for file, shape, region in zip(files, shapes, regions, strict=True)
        ),
        kept=sensor.kept if sensor else tuple(range(shapes[0][2])),
        dtype=_common_dtype(names, dtypes),
        split_rule=rule,
        sensor=sensor,
        settings=settings,
    )


def _regions(
    files: Sequence[SceneFile], rows: list[int], settings: ConversionSettings
) -> tuple[list[dict[str, Rows]], str]:
    """The rows of each scene that belong to each split, and the rule in words."""
    splits = {file.name: file.split for file in files if file.split}
    chosen = splits or split_by_scene([file.name for file in files], settings.test_fraction)
    if chosen:
        regions = [
            {str(chosen[file.name]): Rows(0, count)}
            for file, count in zip(files, rows, strict=True)
        ]
        return regions, _BY_FOLDER if splits else _BY_SCENE
    patch_rows, fraction = settings.patch_rows, settings.test_fraction
    return [
        split_by_region(count, patch_rows, fraction, file.name)
        for file, count in zip(files, rows, strict=True)
    ], _BY_REGION


def _origins(
    regions: dict[str, Rows], cols: int, settings: ConversionSettings
) -> dict[str, list[tuple[int, int]]]:
    sizes = settings.patch_rows, settings.patch_cols, settings.stride
    return {split: patch_origins(rows, cols, *sizes) for split, rows in regions.items()}


def _require_bands(names: list[str], bands: list[int], sensor: Sensor | None) -> None:
    usual = Counter(bands).most_common(1)[0][0]
    odd = [(name, count) for name, count in zip(names, bands, strict=True) if count != usual]
    if odd:
        raise DataError(
            f"{odd[0][0]}: has {odd[0][1]} bands, other scenes {usual}"
            f" ({len(odd)} of {len(names)} differ); keep scenes of one band count in a folder"
        )
    if sensor and usual != sensor.bands:
        raise DataError(
            f"{names[0]}: has {usual} bands, {sensor.key} as shipped {sensor.bands}; give the files"
            f" as published, or convert cubes with other bands as hsi_folder"
        )


def _require_size(name: str, shape: tuple[int, int, int], settings: ConversionSettings) -> None:
    rows, cols, _ = shape
    if rows < settings.patch_rows or cols < settings.patch_cols:
        raise DataError(
            f"{name}: {rows} rows x {cols} columns are less than a patch of {settings.patch_rows}"
            f" x {settings.patch_cols}; lower --patch-rows/--patch-cols or leave the scene out"
        )


def _common_dtype(names: list[str], dtypes: list[np.dtype]) -> np.dtype:
    """The type that holds every scene's samples exactly and that a record can be read as."""
    common = np.result_type(*dtypes)
    if common == np.uint32:
        common = np.dtype(np.int64)  # tf.io.decode_raw knows no uint32.
    exact = all(np.can_cast(dtype, common, "safe") for dtype in dtypes)
    if common.kind == "f" and any(dtype.kind in "iu" and dtype.itemsize == 8 for dtype in dtypes):
        exact = False  # numpy calls int64 to float64 safe; it rounds above 2**53.
    if not exact or common == np.uint64:
        told = ", ".join(f"{name} {dtype}" for name, dtype in zip(names, dtypes, strict=True))
        raise DataError(
            f"{told[:200]}: no type holds these samples exactly in a record; convert the scenes to"
            f" one type of at most 32 bits"
        )
    return common
