"""Which form of the learned prior codes latents of scenes it has not seen in the fewest bytes.

  python benchmarks/prior_forms.py --data DIR --train a b c --test d e     # names of scenes in DIR

The latent stands for a trained encoder's: each scene's own principal components times a 4 x 4 cosine
transform, the channels of the greatest variance, normalized so that a step is a share of the scene's range.
Each form is fitted to the training scenes' symbols at three steps, then the test scenes are coded with its
integer tables. Prints, for each form and step, bits a latent symbol: by the loss's estimate on the training
scenes, and on the test scenes by the estimate and in real bytes.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from scipy.fft import dctn

from btcnet_jax.coding.learned_table import LearnedTables
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import PRIORS
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior import LatentPrior
from btcnet_jax.models.prior_tables import make_tables

CHANNELS, STEPS, SIDE = 32, (1 / 16, 1 / 40, 1 / 100), 4
COMPONENTS, PLACES = 24, 500


def main() -> None:
    """Fit every form, code with every form."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--test", nargs="+", required=True)
    parser.add_argument("--iterations", type=int, default=300)
    options = parser.parse_args()
    train, test = (
        [latent(find(options.data, name)) for name in names]
        for names in (options.train, options.test)
    )
    print("form        step   train estimate   test estimate   test bytes   bytes over estimate")
    for form in PRIORS:
        measure(form, train, test, options.iterations)


def find(folder: Path, name: str) -> Path:
    """The scene's file of this name without its suffix."""
    return next(p for p in sorted(folder.glob(f"{name}.*")) if p.suffix != ".img")


def latent(path: Path) -> Float[np.ndarray, "h w channels"]:
    """A scene's transform coefficients, float32, by falling variance."""
    from btcnet_benchmark.sweep.scenes import load_benchmark_scene
    from btcnet_jax.scene.filling import fill_missing

    cube = fill_missing(load_benchmark_scene(path, None).scene).astype(np.float64)
    rows, cols = (size // SIDE for size in cube.shape[:2])
    cube = (cube[: rows * SIDE, : cols * SIDE] - cube.min()) / np.ptp(cube)
    flat = cube.reshape(-1, cube.shape[2])
    flat = flat - flat.mean(axis=0)
    _, basis = np.linalg.eigh(flat.T @ flat)
    blocks = (flat @ basis[:, : -COMPONENTS - 1 : -1]).reshape(rows, SIDE, cols, SIDE, -1)
    coefficients = dctn(blocks, axes=(1, 3), norm="ortho").transpose(0, 2, 4, 1, 3)
    coefficients = coefficients.reshape(rows, cols, -1).astype(np.float32)
    order = np.argsort(-coefficients.var(axis=(0, 1)), kind="stable")
    return coefficients[:, :, order[:CHANNELS]]


def measure(
    form: str, train: Sequence[np.ndarray], test: Sequence[np.ndarray], iterations: int
) -> None:
    """Fit one form and print what it takes."""
    levels = len(STEPS)
    config = ModelConfig(
        latent_channels=CHANNELS,
        features=2,
        gamma=1,
        quantizer="learned",
        prior=form,
        rate_levels=levels,
    )
    prior = LatentPrior(CHANNELS, levels, form)
    params = init_params(config, 0)

    def rate(
        values: dict[str, Array], symbols: Float[Array, "levels h w c"]
    ) -> Float[Array, "levels"]:
        bits: Any = prior.apply({"params": values}, symbols, jnp.arange(levels), method="bits")
        return jnp.mean(bits, axis=(1, 2, 3))

    places = np.concatenate([x.reshape(-1, CHANNELS) for x in train])
    together = np.random.default_rng(0).permutation(places)[None, :PLACES]
    symbols = jnp.asarray(np.stack([np.rint(together / step) for step in STEPS]))
    optimizer = optax.adam(optax.cosine_decay_schedule(0.1, iterations))

    @jax.jit
    def step(values: dict[str, Array], state: optax.OptState) -> tuple:
        grads = jax.grad(lambda values: jnp.sum(rate(values, symbols)))(values)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(values, updates), state

    values, state = params["prior"], optimizer.init(params["prior"])
    for _ in range(iterations):
        values, state = step(values, state)
    seen = rate(values, symbols)
    tables = make_tables(config, params | {"prior": values})
    for level, size in enumerate(STEPS):
        coder = LearnedTables(tables["frequencies"][level], tables["first"][level])
        estimates, coded, count = 0.0, 0, 0
        for x in test:
            rounded = np.rint(x / size)
            estimates += float(rate(values, jnp.stack([rounded] * levels))[level]) * rounded.size
            coded += 8 * len(coder.compress(rounded.astype(np.int32)))
            count += rounded.size
        print(
            f"{form:10}  1/{round(1 / size):<4} {seen[level]:12.4f} {estimates / count:15.4f} "
            f"{coded / count:12.4f} {100 * (coded / estimates - 1):18.3f} %"
        )


if __name__ == "__main__":
    main()
