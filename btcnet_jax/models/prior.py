"""The learned prior of the latent: for each rate level and channel a step and a distribution of its symbols.

A level's steps are its gain vector: the latent over them is rounded to the symbols. One set of network
weights serves all levels; a level costs its steps and its distributions alone.
"""

import math
from itertools import pairwise
from types import ModuleType
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from btcnet_jax.ops.symbol_mass import log_factorized, log_mixture, log_with_escape

FACTORIZED = "factorized"
STEP_NAME = "log_step"
_MIXTURE_PARTS = 3
_FILTERS = (1, 3, 3, 3, 1)
_LAYERS = len(_FILTERS) - 1
# Latents of an untrained encoder deviate by 0.01 to 0.05: some symbols at every level, not all of them 0.
_FINEST_STEP = 1 / 256
# Twice the rate is about 4.5 dB on hyperspectral scenes, and 4.5 dB is a step 1.7 times as wide.
_STEP_RATIO = 1.7
# Wide parts keep a gradient for symbols far from 0 until training has found their place.
_INITIAL_SCALES = (1.0, 4.0, 16.0)
_INITIAL_WIDTH = 20.0
# A logistic distribution deviates by 1.8 of its scale; real latents have a peak and tails.
_SCALES_OF_DEVIATION = np.array([0.15, 0.5, 1.5])
_LEAST_DEVIATION = 0.05


class LatentPrior(nn.Module):
    """Steps and distributions of `channels` channels at `levels` rate levels.

    Parameters, each of shape (levels, channels, ...): `log_step`, and those of `form`: "logistic" and
    "laplace" are mixtures of three, "factorized" a cumulative by a small monotonic network.

    Source: Balle et al., ICLR 2018, for the rate by the prior of noisy symbols; Cui et al., CVPR 2021
    (asymmetric gained deep image compression), for several rates by gain vectors.
    """

    channels: int
    levels: int
    form: str

    def setup(self) -> None:
        leading = (self.levels, self.channels)
        self.values = {
            name: self.param(name, nn.initializers.zeros, (*leading, *shape))
            for name, shape in _shapes(self.form).items()
        }

    def steps(self, levels: Int[Array, "b"]) -> Float[Array, "b channels"]:
        """The step of every channel at each batch element's level."""
        return jnp.exp(self.values[STEP_NAME][levels])

    def bits(
        self, symbols: Float[Array, "b h w channels"], levels: Int[Array, "b"]
    ) -> Float[Array, "b h w channels"]:
        """Code length of every symbol in bits; symbols may carry noise."""
        symbols = symbols.astype(jnp.float32)
        chosen = {name: value[levels][:, None, None] for name, value in self.values.items()}
        log_mass = log_probability(self.form, chosen, symbols, jnp)
        return log_with_escape(log_mass, symbols, jnp) / -math.log(2)


def log_probability(form: str, values: dict[str, Any], symbols: Any, xp: ModuleType) -> Any:
    """Natural logarithm of the probability of symbols (..., channels), escapes aside.

    Args:
        form: of the prior.
        values: its parameters by name; their leading axes go with those of `symbols`.
        symbols: real values.
        xp: `jax.numpy` or `numpy`.
    """
    if form == FACTORIZED:
        matrices = [values[f"matrix_{layer}"] for layer in range(_LAYERS)]
        biases = [values[f"bias_{layer}"] for layer in range(_LAYERS)]
        factors = [values[f"factor_{layer}"] for layer in range(_LAYERS - 1)]
        return log_factorized(symbols, matrices, biases, factors, xp)
    weights, means, log_scales = values["weights"], values["means"], values["log_scales"]
    return log_mixture(symbols[..., None], weights, means, log_scales, form, xp)


def quantizer_steps(params: dict[str, Any]) -> Float[np.ndarray, "levels channels"]:
    """The steps that files are quantized with, of a model's parameters; float32, the same everywhere."""
    steps: Float[np.ndarray, "levels channels"] = np.exp(
        np.asarray(params["prior"][STEP_NAME], np.float32)
    )
    return steps


def initial_value(
    name: str,
    shape: tuple[int, ...],
    random: np.random.Generator,
    deviations: Float[np.ndarray, "levels channels"] | None = None,
) -> Float[np.ndarray, "..."]:
    """A parameter before training: steps geometrically spaced, distributions around 0.

    Args:
        name, shape: of the parameter.
        random: the random stream.
        deviations: of each channel's symbols, where they are known: distributions are as wide then.
    """
    widths = None
    if deviations is not None:
        widths = np.maximum(deviations, _LEAST_DEVIATION)[(..., *(None,) * (len(shape) - 2))]
    if name == STEP_NAME:
        exponents = np.arange(shape[0] - 1, -1, -1)[:, None]
        value = np.log(_FINEST_STEP) + exponents * np.log(_STEP_RATIO)
    elif name == "log_scales":
        value = np.log(_INITIAL_SCALES if widths is None else widths * _SCALES_OF_DEVIATION)
    elif name.startswith("matrix"):
        # Each layer narrows the density by the same share of the width.
        width = _INITIAL_WIDTH if widths is None else widths
        value = np.log(np.expm1(width ** (-1 / _LAYERS) / shape[-2]))
    elif name.startswith("bias"):
        value = random.uniform(-0.5, 0.5, shape)
    else:
        value = np.zeros(())
    return np.broadcast_to(value, shape).astype(np.float32)


def _shapes(form: str) -> dict[str, tuple[int, ...]]:
    """Of one channel's parameters at one level."""
    if form != FACTORIZED:
        parts = (_MIXTURE_PARTS,)
        return {STEP_NAME: (), "weights": parts, "means": parts, "log_scales": parts}
    shapes: dict[str, tuple[int, ...]] = {STEP_NAME: ()}
    for layer, (width, following) in enumerate(pairwise(_FILTERS)):
        shapes |= {f"matrix_{layer}": (following, width), f"bias_{layer}": (following,)}
        if layer < _LAYERS - 1:
            shapes[f"factor_{layer}"] = (following,)
    return shapes
