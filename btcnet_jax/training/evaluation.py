"""How good the model is on scenes it does not train on."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Num

from btcnet_jax.models.btcnet import Params
from btcnet_jax.training.mesh import place_replicated
from btcnet_jax.training.state import Batch


class Evaluation(NamedTuple):
    """Means over the validation patches, and the first of them beside what became of it.

    Attributes:
        metrics: `loss`, `psnr_db`, `bpppb`; see `train_step.make_validation_step`.
        original: the first patch, in the scene's own unit.
        restored: the same patch restored, in that unit.
    """

    metrics: dict[str, float]
    original: Num[np.ndarray, "rows cols bands"]
    restored: Float[np.ndarray, "rows cols bands"]


def evaluate(
    step: jax.stages.Wrapped, mesh: jax.sharding.Mesh, params: Params, batches: Sequence[Batch]
) -> Evaluation:
    """Run the compiled validation step on each batch of one patch; there is at least one."""
    first = None
    results = []
    for batch in batches:
        metrics, restored = step(params, place_replicated(mesh, batch))
        results.append(metrics)
        first = restored if first is None else first
    fetched = jax.device_get(results)
    means = {name: float(np.mean([each[name] for each in fetched])) for name in fetched[0]}
    return Evaluation(means, batches[0]["patches"][0], _denormalized(np.asarray(first), batches[0]))


def _denormalized(
    restored: Float[np.ndarray, "rows cols bands"], batch: Batch
) -> Float[np.ndarray, "rows cols bands"]:
    low, high = (np.float32(batch[name][0]) for name in ("minimum", "maximum"))
    return restored * (high - low) + low
