"""Parameters before training, drawn as PyTorch draws them: the published recipe starts there.

Drawn with numpy in one place, since compiling a JAX generator for each of some 200 tensors takes a minute.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params, param_shapes
from btcnet_jax.models.drawing import draw
from btcnet_jax.models.prior import initial_value


def init_params(config: ModelConfig, seed: int) -> Params:
    """Random float32 parameters, the same for the same seed on every machine.

    Kernels and biases of convolutions are uniform in +-1/sqrt(fan in), PyTorch's default; layer
    norms start as the identity, SESAM's alpha at 1, the encoder's PReLU slope at 0.25. A learned prior
    starts wide, its levels' steps geometrically spaced.
    """
    flat = flatten_dict(param_shapes(config))
    random = np.random.default_rng(seed)
    drawn = {path: _initial(path, flat, random) for path in sorted(flat)}
    return jax.tree.map(jnp.asarray, unflatten_dict(drawn))


def _initial(
    path: tuple[str, ...],
    shapes: dict[tuple[str, ...], jax.ShapeDtypeStruct],
    random: np.random.Generator,
) -> Float[np.ndarray, "..."]:
    shape = shapes[path].shape
    if path[0] == "prior":
        return initial_value(path[-1], shape, random)
    return draw(path, shapes, random)
