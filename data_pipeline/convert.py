"""Publishers' files to TFRecords: one call that can be interrupted, repeated and checked."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from btcnet_jax.progress import Progress
from data_pipeline.beam import beam_options
from data_pipeline.builders.aviris import Aviris
from data_pipeline.builders.base import SceneBuilder
from data_pipeline.builders.beam import write_parts
from data_pipeline.builders.catalog import LAYOUTS, find_scenes, plan_patches
from data_pipeline.builders.hsi_folder import HsiFolder
from data_pipeline.builders.hyperion import Hyperion
from data_pipeline.builders.inventory import Plan
from data_pipeline.builders.parts import Part, finished_part, write_part
from data_pipeline.builders.report import (
    ConversionReport,
    finished_report,
    require_both_splits,
    summary,
    wanted_content,
)
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.builders.whu_hi import WhuHi
from data_pipeline.heap import keep_large_buffers
from data_pipeline.tf_setup import quiet, tfds, writing

_BUILDERS: dict[str, type[SceneBuilder]] = {
    "aviris": Aviris,
    **{f"whu_hi/{config.name}": WhuHi for config in WhuHi.BUILDER_CONFIGS},
    "hyperion": Hyperion,
    "hsi_folder": HsiFolder,
}

DATASETS: tuple[str, ...] = tuple(LAYOUTS)
"""Names that can be converted."""


def convert(
    dataset: str,
    raw: Path | str,
    out: Path | str,
    *,
    patch_rows: int = 256,
    patch_cols: int = 256,
    stride: int | None = None,
    test_fraction: float = 0.2,
    variable: str | None = None,
    axes: str | None = None,
    beam: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> ConversionReport:
    """Writes a data set's patches as TFRecords to out/dataset/version.

    The same files give the same bytes. A finished data set of the same settings and scenes is kept.
    Interrupted, the call leaves the scenes it has finished in out/.parts, goes on from them when
    repeated, and removes them in the end; it needs up to three times the patches' size meanwhile.
    One call at a time may write to a data set.

    Args:
        dataset: one of `DATASETS`.
        raw: folder of the publisher's files.
        out: folder of all converted data sets; made if missing.
        patch_rows, patch_cols, test_fraction, variable, axes: see `ConversionSettings`.
        stride: see there; the patch's smaller side if None.
        beam: options of a run by Apache Beam, such as ["runner=DirectRunner"]; None runs here. Beam
            may put the records into other shards than a run without it.
        progress: called with (patches done, patches to do); each patch is done twice, cut and stored.

    Raises:
        DataError: the files are missing or unusable, out holds the data set with other settings, or
            it cannot be written.
    """
    raw, out = Path(raw), Path(out)
    settings = ConversionSettings(
        patch_rows=patch_rows,
        patch_cols=patch_cols,
        stride=min(patch_rows, patch_cols) if stride is None else stride,
        test_fraction=test_fraction,
        variable=variable,
        axes=axes,
    )
    files = find_scenes(dataset, raw, variable, axes)
    wanted = wanted_content(settings, files)
    options = None if beam is None else beam_options(beam)
    folder = out / dataset / str(SceneBuilder.VERSION)
    if not folder.exists():
        keep_large_buffers()
        plan = plan_patches(dataset, files, settings)
        with writing(out):
            _write(dataset, plan, out, wanted, options, progress or (lambda done, total: None))
    return finished_report(folder, wanted)


def _write(
    dataset: str, plan: Plan, out: Path, wanted: dict[str, Any], beam: Any, progress: Progress
) -> None:
    """Cuts all scenes into parts, has TFDS make records of them, removes the parts."""
    key = hashlib.sha256(json.dumps([dataset, wanted["settings"]]).encode()).hexdigest()[:16]
    folder = out / ".parts" / key
    folder.mkdir(parents=True, exist_ok=True)
    count = _Counter(2 * sum(scene.patches for scene in plan.scenes), progress)
    parts = _cut(folder, plan, beam, count)
    record = wanted | summary(plan, parts)
    require_both_splits(record, plan)
    _remove_unfinished(out / dataset)
    with quiet():
        _BUILDERS[dataset](
            plan=plan,
            parts=parts,
            record=record,
            progress=count.add,
            beam=beam is not None,
            data_dir=str(out),
            config=dataset.partition("/")[2] or None,
        ).download_and_prepare(
            download_dir=str(folder),
            download_config=tfds.download.DownloadConfig(beam_options=beam),
            file_format="tfrecord",
        )
    count.finish()
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # Parts of another conversion are in it.
        folder.parent.rmdir()


class _Counter:
    """Counts patches for the progress callback."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress
        progress(0, total)

    def add(self, patches: int = 1) -> None:
        self._done += patches
        self._progress(self._done, self._total)

    def finish(self) -> None:
        # Patches left out are cut but never stored.
        self._progress(self._total, self._total)


def _cut(folder: Path, plan: Plan, beam: Any, count: _Counter) -> list[Part]:
    """The parts of all scenes; what an earlier call or Beam's workers left undone is done here."""
    if beam is not None:
        write_parts(folder, plan, beam, count.add)
    parts = []
    for scene in plan.scenes:
        part = finished_part(folder, scene, plan)
        if part is not None and beam is None:
            count.add(scene.patches)
        parts.append(part or write_part(folder, scene, plan, count.add))
    return parts


def _remove_unfinished(folder: Path) -> None:
    """What a killed process left behind; after an interrupt TFDS removes it itself."""
    for left in folder.glob("incomplete.*"):
        shutil.rmtree(left, ignore_errors=True)
