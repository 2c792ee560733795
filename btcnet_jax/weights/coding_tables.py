"""The integers that a model's symbols are coded with: of its prior, or of contexts."""

import functools

import numpy as np

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import CONTEXTS, LEARNED
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.channel_layout import channel_layout
from btcnet_jax.models.prior_tables import Tables, make_tables
from btcnet_jax.weights.universal_arrays import read_arrays

CONTEXT_TABLES = ("frequencies", "mean_weights", "scale_weights")
SHIFTS = "shifts"
"""Beside these, of contexts that name them."""


def coding_tables(config: ModelConfig, params: Params) -> Tables:
    """The integer tables of a model; none where its latent is quantized by its range.

    A model coded by contexts keeps those that ship today as its own, so that later ones change no file.

    Args:
        config: of the model.
        params: its parameters, float32.

    Returns:
        int32 arrays: those of `make_tables`; or, with contexts, `layout` (`channel_layout`) and the arrays of
        `ContextWeights`.

    Raises:
        CheckpointError: the contexts that ship are missing or damaged.
    """
    if config.quantizer == LEARNED and config.coding == CONTEXTS:
        return {"layout": channel_layout(config, params), **_shipped_contexts()}
    return make_tables(config, params)


@functools.cache
def _shipped_contexts() -> Tables:
    arrays = read_arrays()[1]
    names = [*CONTEXT_TABLES, *([SHIFTS] if f"context/{SHIFTS}" in arrays else [])]
    return {name: np.asarray(arrays[f"context/{name}"], np.int32) for name in names}
