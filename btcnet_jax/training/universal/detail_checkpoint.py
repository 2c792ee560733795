"""What an interrupted training of a detail network goes on from: one .npz, whole or not at all."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict

from btcnet_jax.errors import TrainingError
from btcnet_jax.files import atomic_path


class TrainingState(NamedTuple):
    """Parameters, their moving average, and the optimizer's moments."""

    params: Any
    average: Any
    optimizer: Any


class Progress(NamedTuple):
    """Steps taken and seconds they took."""

    steps: int = 0
    seconds: float = 0.0


def save_checkpoint(path: Path, state: TrainingState, progress: Progress, told: str) -> None:
    """Writes the state; `told` is what the training was told, which a later one must be told too."""
    arrays: dict[str, Any] = {
        f"leaf_{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(state))
    }
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        # Not compressed: noise to a compressor, and hundreds of megabytes.
        np.savez(file, told=told, steps=progress.steps, seconds=progress.seconds, **arrays)


def load_checkpoint(path: Path, like: TrainingState, told: str) -> tuple[TrainingState, Progress]:
    """The state that `save_checkpoint` wrote; `like` itself where there is none.

    Raises:
        TrainingError: it belongs to a training that was told something else.
    """
    if not path.exists():
        return like, Progress()
    leaves, structure = jax.tree.flatten(like)
    with np.load(path) as file:
        if str(file["told"]) != told:
            raise TrainingError(
                f"{path} is of another training ({file['told']}): go on with that, or remove it"
            )
        found = [jnp.asarray(file[f"leaf_{i}"]) for i in range(len(leaves))]
        progress = Progress(int(file["steps"]), float(file["seconds"]))
    state: TrainingState = jax.tree.unflatten(structure, found)
    return state, progress


def named_arrays(params: Any, dtype: type[np.generic]) -> dict[str, Any]:
    """Parameters layer by layer, as stage `pack` reads them."""
    return {
        "/".join(path): np.asarray(leaf).astype(dtype)
        for path, leaf in flatten_dict(params).items()
    }
