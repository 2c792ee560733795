"""What `info` tells of a folder that `convert` wrote."""

from pathlib import Path
from typing import Any


def is_records(path: Path) -> bool:
    """Whether a folder holds converted data sets, or is one."""
    return path.is_dir() and bool(_finished(path))


def record_facts(path: Path) -> dict[str, Any]:
    """The patches of each data set, by its name.

    Raises:
        DataError: one of them cannot be read.
    """
    from data_pipeline.records import described

    facts: dict[str, Any] = {"records": str(path)}
    for folder in _finished(path):
        told = described(folder)
        rows, cols, bands = told.patch_shape
        counts = " and ".join(f"{count:,} {split}" for split, count in told.records.items())
        name = folder.relative_to(path).as_posix()
        facts[path.name if name == "." else name] = (
            f"{counts} patches of {rows} x {cols} x {bands} {told.dtype}; scenes: {told.scenes}"
        )
    return facts


def _finished(path: Path) -> list[Path]:
    # A data set, one of several configurations, or its own folder: the version comes last.
    depths = ("", "*/", "*/*/", "*/*/*/")
    found = [info.parent for depth in depths for info in path.glob(f"{depth}dataset_info.json")]
    return sorted(folder for folder in found if (folder / "metadata.json").is_file())
