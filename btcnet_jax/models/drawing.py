"""A parameter before training, as PyTorch draws it, by its name and shape."""

import math
from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Float

_CONSTANTS = {"scale": 1.0, "alpha": 1.0, "bias": 0.0, "slope": 0.25}


def draw(
    path: tuple[str, ...],
    shapes: Mapping[tuple[str, ...], jax.ShapeDtypeStruct],
    random: np.random.Generator,
) -> Float[np.ndarray, "..."]:
    """A convolution's kernel or bias, uniform in +-1/sqrt(fan in), or the constant that others start at.

    Args:
        path: of the parameter.
        shapes: of all parameters: a bias is drawn as its kernel is.
        random: where from.
    """
    shape = shapes[path].shape
    kernel = shapes.get((*path[:-1], "kernel"))
    if kernel is None or path[-1] not in ("kernel", "bias"):
        return np.full(shape, _CONSTANTS[path[-1]], np.float32)
    bound = 1 / math.sqrt(math.prod(kernel.shape[:-1]))
    return random.uniform(-bound, bound, shape).astype(np.float32)
