"""What a conversion gave, kept beside the records so that the same command finds it done."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.checks import number_ranges
from data_pipeline.builders.inventory import Plan
from data_pipeline.builders.parts import Part
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.tiling import TEST, TRAIN


@dataclass(frozen=True, kw_only=True)
class ConversionReport:
    """What a conversion gave.

    Attributes:
        folder: of the TFRecords.
        records: patches by split.
        left_out: patches left out because a pixel has no data, by split.
        bytes: of all TFRecord files.
        patch_shape: (rows, cols, bands).
        dtype: of the patches' samples.
        split_rule: how training and test were told apart, in words.
        constant_bands: by scene, numbers from 1 of kept bands with one value only; other scenes
            are left out.
    """

    folder: Path
    records: dict[str, int]
    left_out: dict[str, int]
    bytes: int
    patch_shape: tuple[int, int, int]
    dtype: str
    split_rule: str
    constant_bands: dict[str, list[int]]

    def describe(self) -> str:
        """The report in words, a line for the records and one for each thing to know of them."""
        rows, cols, bands = self.patch_shape
        counts = " and ".join(f"{count} {split}" for split, count in self.records.items())
        lines = [
            f"{self.folder}: {counts} patches of {rows} x {cols} x {bands} {self.dtype},"
            f" {self.bytes} bytes; test: {self.split_rule}"
        ]
        if any(self.left_out.values()):
            out = " and ".join(f"{count} {split}" for split, count in self.left_out.items())
            lines.append(f"left out for pixels without data: {out} patches")
        lines += [
            f"{name}: constant bands kept ({len(numbers)}): {number_ranges(np.array(numbers))}"
            for name, numbers in self.constant_bands.items()
        ]
        return "\n".join(lines)


def wanted_content(settings: ConversionSettings, files: list[SceneFile]) -> dict[str, Any]:
    """What decides a data set's content, as JSON gives it back; compared when it is there already."""
    scenes = sorted((file.name, file.sizes()) for file in files)
    told = asdict(settings)
    if settings.axes is None:
        del told[
            "axes"
        ]  # So that data sets made before there was such a setting count as the same.
    return json.loads(json.dumps({"settings": told, "scenes": scenes}))


def summary(plan: Plan, parts: list[Part]) -> dict[str, Any]:
    """The report's numbers, as metadata.json keeps them."""
    return {
        "records": {
            split: sum(len(part.origins.get(split, ())) for part in parts)
            for split in (TRAIN, TEST)
        },
        "left_out": {
            split: sum(part.left_out.get(split, 0) for part in parts) for split in (TRAIN, TEST)
        },
        "patch_shape": list(plan.patch_shape),
        "dtype": str(plan.dtype),
        "split_rule": plan.split_rule,
        "constant_bands": {
            part.name: list(part.statistics.constant_bands)
            for part in parts
            if part.statistics.constant_bands
        },
    }


def require_both_splits(record: dict[str, Any], plan: Plan) -> None:
    """Raises DataError where no patch is left for training or for testing."""
    for split, count in record["records"].items():
        if count == 0:
            raise DataError(
                f"no {split} patch of {plan.patch_shape[0]} x {plan.patch_shape[1]} is left:"
                f" {record['left_out'][split]} were left out for pixels without data; lower"
                f" --patch-rows/--patch-cols/--stride, or add scenes"
            )


def finished_report(folder: Path, wanted: dict[str, Any]) -> ConversionReport:
    """The report of a finished data set. Raises DataError where it is of something else."""
    try:
        record = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        differs = [key for key in wanted if record[key] != wanted[key]]
        fields = {key: record[key] for key in ("records", "left_out", "dtype", "split_rule")}
        constant, shape = record["constant_bands"], record["patch_shape"]
    except (OSError, ValueError, LookupError, TypeError):
        raise DataError(
            f"{folder}: was not written by this command; remove it or give another --out"
        ) from None
    if differs:
        raise DataError(
            f"{folder}: holds this data set with other {' and '.join(differs)}; remove it or give"
            f" another --out"
        )
    return ConversionReport(
        folder=folder,
        bytes=sum(path.stat().st_size for path in folder.glob("*.tfrecord*")),
        patch_shape=tuple(shape),
        constant_bands=constant,
        **fields,
    )
