"""Checkpoints on disk, through Orbax's V1 API. The only file that imports Orbax, and only once one is used.

A run's folder holds `checkpoints/STEP/`, the newest, and `best/STEP/`, the best by validation. Each step
holds `params`, what a model is used with; `tables`, where files are coded with tables of the model's own;
and what training goes on with: `optimizer`, and `raw_params` where `params` is their moving average. Its
metadata holds the whole configuration and the position of the data. A step's folder appears under its final
name only when it is complete.
"""

import contextlib
import dataclasses
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import jax
import numpy as np

from btcnet_jax.config import model_config_from_dict
from btcnet_jax.errors import CheckpointError, ModelMismatchError
from btcnet_jax.extras import require_extra
from btcnet_jax.models.btcnet import param_shapes
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.param_difference import first_difference
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.quiet_log import quiet_log

# 1 had neither tables nor moving averages. Before 3 the optimizer's moments were trees as the parameters:
# such a model is used as before, but its training does not go on.
FORMAT = 3
RESUMED_SINCE = 3
BEST = "best"
_FOLDER = "checkpoints"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What one step's folder holds besides the arrays.

    Attributes:
        step: steps done.
        format: the version of the layout it was written in.
        config: the whole configuration, nested plain dicts.
        data_position: of the stream of batches; None where there was no training.
        fingerprint: of the model.
        notes: what else was saved with it.
        arrays: shapes of the arrays, by the names of their trees.
    """

    step: int
    format: int
    config: dict[str, Any]
    data_position: Any
    fingerprint: str
    notes: dict[str, Any]
    arrays: dict[str, Any]


class CheckpointWriter:
    """Saves a run's steps, keeping the newest `keep`; use as a context manager.

    Args:
        workdir: the run's folder; made if missing.
        keep: how many steps to keep.

    Raises:
        MissingExtraError: Orbax cannot be imported.
    """

    def __init__(self, workdir: str | Path, keep: int) -> None:
        ocp = _orbax()
        policy = ocp.training.preservation_policies.LatestN(keep)
        with _quiet():
            self._checkpointer = ocp.training.Checkpointer(
                (Path(workdir) / _FOLDER).absolute(),
                preservation_policy=policy,
                cleanup_tmp_directories=True,
            )

    def __enter__(self) -> "CheckpointWriter":
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing tells of a failed save again, which would hide the one line that `save` raised.
        with _quiet(), contextlib.suppress(Exception) if error else contextlib.nullcontext():
            self._checkpointer.close()

    def save(
        self,
        step: int,
        arrays: dict[str, Any],
        config: dict[str, Any],
        data_position: Any,
        notes: dict[str, Any] | None = None,
    ) -> None:
        """Save named trees of arrays as one step; returns when it is complete on disk.

        Args:
            step: steps done.
            arrays: `params`, and what else belongs to the step: see the head of this file.
            config: of the whole experiment.
            data_position: where the stream of batches stands.
            notes: more to keep with it, of what JSON can hold.

        Raises:
            CheckpointError: the disk is full or the folder cannot be written.
        """
        metadata = _metadata(arrays, config, data_position, notes)
        with _writable(step, self._checkpointer.directory):
            self._checkpointer.save_checkpointables(
                step, arrays, force=True, overwrite=True, custom_metadata=metadata
            )


def save_best(
    workdir: str | Path,
    step: int,
    arrays: dict[str, Any],
    config: dict[str, Any],
    notes: dict[str, Any],
) -> None:
    """Save a run's best step, and then remove the one before: at any time there is a complete one.

    Raises:
        CheckpointError: the disk is full or the folder cannot be written.
        MissingExtraError: Orbax cannot be imported.
    """
    folder = (Path(workdir) / BEST).absolute()
    metadata = _metadata(arrays, config, None, notes)
    ocp = _orbax()
    with _writable(step, folder):
        ocp.save_checkpointables(
            folder / str(step), arrays, overwrite=True, custom_metadata=metadata
        )
    if jax.process_index() == 0:
        clean_best(workdir, step)


def clean_best(workdir: str | Path, kept: int | None) -> None:
    """Remove what an interruption left besides the best step `kept`; everything where it is None."""
    folder = Path(workdir) / BEST
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != str(kept):
            shutil.rmtree(path, ignore_errors=True)


def latest_step(folder: str | Path) -> int | None:
    """The newest complete step in a run's folder (or its `checkpoints` folder); None without any."""
    steps = [int(path.name) for path in _step_folders(Path(folder))]
    return max(steps, default=None)


def read_checkpoint(folder: str | Path, step: int | None = None) -> Checkpoint:
    """Configuration and data position of a step, by default the newest.

    Raises:
        CheckpointError: the folder is missing, empty, half written or of a newer version.
        MissingExtraError: Orbax cannot be imported.
    """
    path, ocp = _find(Path(folder), step), _orbax()
    with _readable(path):
        stored = ocp.checkpointables_metadata(path)
        metadata = stored.custom_metadata
    if not isinstance(metadata, dict) or "config" not in metadata:
        raise CheckpointError(
            f"checkpoint {path} holds no configuration: it is half written or not ours; "
            "delete that folder to use the step before, or train again"
        )
    if metadata.get("format", 0) > FORMAT:
        raise CheckpointError(f"{path} was written by a newer version: upgrade btcnet_jax")
    return Checkpoint(
        step=int(path.name),
        format=metadata.get("format", 0),
        config=metadata["config"],
        data_position=metadata["data_position"],
        fingerprint=metadata["fingerprint"],
        notes=metadata.get("notes") or {},
        arrays=dict(stored.metadata),
    )


def read_arrays(
    folder: str | Path, like: dict[str, Any], step: int | None = None
) -> dict[str, Any]:
    """Named trees of arrays of a step, with the shapes, types and shardings of `like`.

    Raises:
        CheckpointError: the step is missing or damaged.
        ModelMismatchError: its parameters are of other names or shapes: names the first.
        MissingExtraError: Orbax cannot be imported.
    """
    path, ocp = _find(Path(folder), step), _orbax()
    with _readable(path):
        stored = ocp.checkpointables_metadata(path).metadata
    for name in {"params", "raw_params"} & like.keys() & stored.keys():
        # A damaged tree of parameters reads as none at all.
        difference = stored[name] and first_difference(stored[name], like[name])
        if difference:
            raise ModelMismatchError(f"{path} is of another network: {difference}")
    with _readable(path):
        return dict(ocp.load_checkpointables(path, jax.tree.map(_abstract, like)))


def load_model(folder: str | Path) -> SavedModel:
    """The model of a run's newest step, or of its `best` folder.

    Raises:
        CheckpointError: no usable checkpoint in `folder`.
        ConfigError: its configuration does not fit this version.
        ModelMismatchError: its parameters do not fit this version.
        MissingExtraError: Orbax cannot be imported.
    """
    checkpoint = read_checkpoint(folder)
    config = model_config_from_dict(checkpoint.config["model"])
    params = read_arrays(folder, {"params": param_shapes(config)}, checkpoint.step)["params"]
    path = _find(Path(folder), checkpoint.step)
    tables = _read_tables(path) if "tables" in checkpoint.arrays else {}
    if model_fingerprint(config, params, tables).hex() != checkpoint.fingerprint:
        raise CheckpointError(_damaged(path))
    return SavedModel(config, params, tables)


def _read_tables(path: Path) -> dict[str, np.ndarray]:
    ocp = _orbax()
    with _readable(path):
        tables = ocp.load_checkpointables(path, {"tables": None})["tables"]
    return {name: np.asarray(table) for name, table in tables.items()}


def _orbax() -> Any:
    # Files of the codec that ships are coded without: it is slow to import, and may not be there.
    require_extra("train", "orbax.checkpoint")
    import orbax.checkpoint.experimental.v1 as ocp

    return ocp


def _quiet() -> contextlib.AbstractContextManager[None]:
    # Orbax tells every save and every failure on this logger; the commands say both in one line.
    return quiet_log("absl", logging.CRITICAL)


def _metadata(
    arrays: dict[str, Any], config: dict[str, Any], data_position: Any, notes: dict[str, Any] | None
) -> dict[str, Any]:
    model = model_config_from_dict(config["model"])
    fingerprint = model_fingerprint(model, arrays["params"], arrays.get("tables", {}))
    return {
        "format": FORMAT,
        "config": config,
        "data_position": data_position,
        "fingerprint": fingerprint.hex(),
        "notes": notes or {},
    }


def _find(folder: Path, step: int | None) -> Path:
    if not folder.is_dir():
        raise CheckpointError(f"no model in {folder}: no such folder; train one with main.py train")
    steps = {int(path.name): path for path in _step_folders(folder)}
    if not steps:
        raise CheckpointError(
            f"{folder} holds no complete checkpoint: train again, or name another folder"
        )
    wanted = max(steps) if step is None else step
    if wanted not in steps:
        raise CheckpointError(f"{folder} holds no step {wanted}, only {sorted(steps)}")
    return steps[wanted].absolute()


def _step_folders(folder: Path) -> list[Path]:
    # Unfinished saves carry a temporary suffix, so their names are no numbers.
    inside = folder / _FOLDER
    root = inside if inside.is_dir() else folder
    return [path for path in root.iterdir() if path.name.isdigit()] if root.is_dir() else []


@contextlib.contextmanager
def _writable(step: int, place: Any) -> Iterator[None]:
    # Orbax and TensorStore raise many types where the disk is full or read-only.
    try:
        with _quiet():
            yield
    except Exception as error:
        reason = "the disk is full" if "No space left" in str(error) else _line(error)
        raise CheckpointError(
            f"cannot save step {step} in {place}: {reason}; steps saved before are kept"
        ) from None


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    # A device that JAX does not find is no damage of a folder.
    jax.devices()
    # Orbax and TensorStore raise many types for a damaged folder; the user needs one line for all.
    try:
        with _quiet():
            yield
    except Exception as error:
        raise CheckpointError(_damaged(path)) from error


def _damaged(path: Path) -> str:
    return (
        f"checkpoint {path} is damaged, half written or unreadable: "
        "delete that folder to use the step before, or train again"
    )


def _abstract(leaf: Any) -> jax.ShapeDtypeStruct:
    sharding = getattr(leaf, "sharding", None)
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding or device)


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
