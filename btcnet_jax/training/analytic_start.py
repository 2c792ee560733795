"""Where training starts with `model.start = "klt-dct"`: a transform codec fitted to the first batches.

With learned steps these, and the widths of the prior, are fitted too: the step of each level is the one that
the loss itself likes best for the linear path, so that noise, rate and distortion begin in balance.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from btcnet_jax.config import Config
from btcnet_jax.config.model import BANDS, LEARNED
from btcnet_jax.models import klt_dct
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import STEP_NAME, initial_value
from btcnet_jax.ops.band_scales import band_scales
from btcnet_jax.training.crops import Crops
from btcnet_jax.training.losses import DISTORTIONS
from btcnet_jax.training.state import Batch

BATCHES = 8
"""How many batches the transform is fitted to."""
_BLOCKS = 16384
# Relative to the deviation of the strongest channel.
_STEPS = 2.0 ** -np.arange(1, 12.5, 0.5)


def analytic_start(config: Config, params: Params, batches: Sequence[Batch]) -> Params:
    """Parameters that are a KLT and DCT codec of the data in these batches.

    Args:
        config: validated; `config.model.start` is "klt-dct".
        params: as drawn, for what the transform leaves open.
        batches: the first of the training.
    """
    crops = _blocks(config, batches)
    blocks = np.asarray(crops.inputs)
    by_ratio = config.loss.distortion == "psnr"
    transform = klt_dct.fit(config.model, blocks, by_ratio=by_ratio)
    params = klt_dct.transform_params(config.model, params, transform)
    if config.model.quantizer != LEARNED:
        return params
    latent = klt_dct.analyze(transform, blocks) / transform.gain
    candidates = latent.std(0).max() * _STEPS
    costs = np.array([_cost(config, transform, crops, latent, step) for step in candidates])
    totals = costs[:, :1] + costs[:, 1:] * np.array(config.loss.rate_weights)
    steps = candidates[totals.argmin(0)][:, None] * transform.gain
    deviations = (latent * transform.gain).std(0) / steps
    random = np.random.default_rng(config.train.seed)
    prior = {
        name: jnp.asarray(
            np.log(steps)
            if name == STEP_NAME
            else initial_value(name, leaf.shape, random, deviations),
            jnp.float32,
        )
        for name, leaf in params["prior"].items()
    }
    return params | {"prior": prior}


def _blocks(config: Config, batches: Sequence[Batch]) -> Crops:
    """Random blocks of each image of the batches, as crops of it."""
    random, scale = np.random.default_rng(config.train.seed), config.model.scale
    images = sum(len(batch["minimum"]) for batch in batches)
    values, offsets, scales = [], [], []
    for batch in batches:
        for patch, low, high in zip(
            *(np.asarray(batch[n]) for n in ("patches", "minimum", "maximum")), strict=True
        ):
            rows, cols = (
                scale * random.integers(size // scale, size=_BLOCKS // images + 1)
                for size in patch.shape[:2]
            )
            cut = [patch[r : r + scale, c : c + scale] for r, c in zip(rows, cols, strict=True)]
            values.append((np.stack(cut).astype(np.float32) - low) / (high - low))
            offsets.append(low / (high - low))
            if config.model.normalization == BANDS:
                whole = jnp.asarray((patch[None].astype(np.float32) - low) / (high - low))
                scales.append(band_scales(whole))
    return Crops(
        jnp.asarray(np.concatenate(values)),
        jnp.asarray(np.stack(offsets), jnp.float32),
        jax.tree.map(lambda *each: jnp.concatenate(each), *scales) if scales else None,
    )


def _cost(
    config: Config,
    transform: klt_dct.KltDct,
    crops: Crops,
    latent: Float[ndarray, "n channels"],
    step: float,
) -> tuple[float, float]:
    """Distortion by the loss, and rate in bpppb by the entropy of each channel, at one step for all."""
    symbols = np.rint(latent / step).astype(np.int64)
    restored = klt_dct.synthesize(transform, symbols * step * transform.gain, config.model.scale)
    distortion = DISTORTIONS[config.loss.distortion]
    bits = sum(_entropy(channel) for channel in symbols.T)
    return (
        float(
            distortion(
                crops.restored(jnp.asarray(restored, jnp.float32)), crops.values, crops.offset
            )
        ),
        bits / crops.values[0].size,
    )


def _entropy(symbols: Int[ndarray, "n"]) -> float:
    """Bits of a symbol on average."""
    shares = np.unique(symbols, return_counts=True)[1] / len(symbols)
    return float(-(shares * np.log2(shares)).sum())
