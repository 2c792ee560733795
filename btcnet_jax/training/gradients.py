"""Loss and gradients of one batch, whose images the devices of a mesh share out.

Each device computes those of its own images; then one sum of one vector, in float32, makes them the batch's.
Left to itself, XLA would sum each parameter's gradient apart, in bfloat16 where the layer computes in it,
and gather them into a vector and out again: 2 to 3.6 ms of a step of 28 on four GPUs instead of 1
(benchmarks/RESULTS.md).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Bool, Float, Int, Key

from btcnet_jax.config import Config
from btcnet_jax.models.btcnet import BTCNet, Params, count_params
from btcnet_jax.ops.strips import CropPlaces
from btcnet_jax.training.crops import draw_training_places, training_crops
from btcnet_jax.training.mesh import AXIS, map_over_devices
from btcnet_jax.training.objective import Metrics, noise_then_rounding, objective
from btcnet_jax.training.state import Batch

_NORM_MULTIPLE = 4096


class Draws(NamedTuple):
    """What is random in a step, each image's own.

    Attributes:
        places: of its crops.
        levels: the rate level that it is coded at.
        noise: the key of what is added to its latent.
    """

    places: CropPlaces
    levels: Int[Array, "images"]
    noise: Key[Array, "images"]


Gradients = Callable[[Params, Batch, Draws, Bool[Array, ""]], tuple[Params, Metrics]]


def draw(config: Config, batch: Batch, step: Int[Array, ""]) -> Draws:
    """The randomness of a step: it depends on the seed and the step alone."""
    key = jax.random.fold_in(jax.random.key(config.train.seed), step)
    level_key, noise_key = jax.random.split(jax.random.fold_in(key, 1))
    images = len(batch["patches"])
    levels = jax.random.randint(level_key, (images,), 0, config.model.rate_levels)
    places = draw_training_places(config, batch, key)
    return Draws(places, levels, jax.random.split(noise_key, images))


def make_gradients(config: Config, model: BTCNet, mesh: Mesh) -> Gradients:
    """The function from (params, batch, draws, noisy) to gradients and metrics, for use inside `jit`.

    `noisy` says whether noise stands for rounding. Gradients are float32; the metrics are `loss`, those of
    `objective.objective`, `grad_norm` and that of each part of the network, `grad_norm_encoder` and so on.

    Args:
        config: validated.
        model: built with `batch_axis=mesh.AXIS`.
        mesh: its devices divide the images of a batch.
    """

    def of_own_images(
        params: Params, batch: Batch, draws: Draws, noisy: Bool[Array, ""]
    ) -> tuple[Params, Metrics]:
        crops = training_crops(config, batch, draws.places)
        rounding = noise_then_rounding(draws.noise, noisy)

        def loss_of(params: Params) -> tuple[Float[Array, ""], Metrics]:
            loss, outcome = objective(config, model, params, crops, draws.levels, rounding)
            return loss, outcome.metrics | {"loss": loss}

        grads, metrics = jax.grad(loss_of, has_aux=True)(params)
        return _mean_over_devices(grads, metrics)

    whole, shared_out = PartitionSpec(), PartitionSpec(AXIS)
    in_specs = (whole, shared_out, shared_out, whole)
    return map_over_devices(of_own_images, mesh, in_specs, whole)


def _mean_over_devices(grads: Params, metrics: Metrics) -> tuple[Params, Metrics]:
    own, restore = ravel_pytree((grads, metrics))
    # A sum over any length would not be shared out well among a GPU's threads.
    vector = jax.lax.pmean(jnp.pad(own, (0, -len(own) % _NORM_MULTIPLE)), AXIS)
    norms, begin = {}, 0
    for name in sorted(grads):  # the order that the vector has them in
        end = begin + count_params(grads[name])
        norms[f"grad_norm_{name}"] = jnp.linalg.norm(vector[begin:end])
        begin = end
    norms["grad_norm"] = jnp.linalg.norm(jnp.stack(list(norms.values())))
    grads, metrics = restore(vector[: len(own)])
    return grads, metrics | norms
