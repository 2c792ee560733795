"""Stage `context`: fits the coder's weights and the shapes of its tables, then makes integers of them.

The code length of symbols is a smooth function of both, so gradient descent does it. Two rounds: symbols by
a dead zone, then those that the encoder chooses with what the first round gave. Minutes on one core. Dependent
quantization has weights of its own (stage `dependent`) and takes four rounds, and one for surprise.
"""

import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from btcnet_jax.coding.context import ContextCoder, ContextWeights, build_tables
from btcnet_jax.coding.context.fixed_point import WEIGHT_ONE
from btcnet_jax.coding.context.levels import LEVELS
from btcnet_jax.coding.context.trellis import PER_STEP
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    LOWEST_OCTAVE,
    MEAN_FEATURES,
    SCALE_FEATURES,
)
from btcnet_jax.training.universal import dependent_lengths
from btcnet_jax.training.universal.context_samples import (
    Rows,
    contexts_of,
    pick_rows,
    symbol_sets,
    transposed,
)
from btcnet_jax.training.universal.prepared import write_arrays

Params = dict[str, Float[Array, "..."]]

_ROWS_OF_SET, _BATCH, _RATE = 16_000, 8192, 0.02
# What symbols the encoder chooses depends on the weights, of dependent quantization the more. Surprise is
# learnt in a round behind them, when all else is.
_ROUNDS, _DEPENDENT_ROUNDS = 2, 4
# Weights of neighboring levels, and tables of neighboring classes, should not differ without reason.
_SMOOTH_WEIGHTS, _SMOOTH_SHAPES, _SHRINK = 2e-4, 1e-4, 1e-5


def train_context(
    train: list[Path],
    left_out: list[Path],
    out: Path,
    *,
    steps: int,
    seed: int,
    dependent: bool = False,
) -> None:
    """Writes out/context.npz, of dependent quantization out/dependent.npz: the arrays of `ContextWeights`.

    Args:
        train: prepared scenes.
        left_out: prepared scenes whose code length is printed.
        out: folder; holds what each round gave, and a round that is there is not run again.
        steps: of the optimizer in the last round before surprise is learnt; all others take a third.
        seed: of the choice of rows and batches.
        dependent: of dependent quantization.
    """
    weights, name = None, "dependent" if dependent else "context"
    first = _DEPENDENT_ROUNDS if dependent else _ROUNDS
    rounds = first + (1 if dependent else 0)
    for number in range(rounds):
        last = number == rounds - 1
        if number >= first and weights is not None:
            weights = weights.with_surprise()
        path = out / (f"{name}.npz" if last else f"{name}_round_{number}.npz")
        if last or not path.exists():
            rng = np.random.default_rng((seed, number))
            coder = None if weights is None else ContextCoder(weights)
            rows = _gather(train, coder, PER_STEP if dependent else 1, rng)
            count = steps if number == first - 1 else max(1, steps // 3)
            params = _fit(rows, count, rng, dependent, weights if number >= first else None)
            if dependent:
                found = dependent_lengths.to_integers(params, first=coder is None)
            else:
                found = _to_integers(params)
            write_arrays(path, found.arrays())
        with np.load(path) as file:
            weights = ContextWeights.of_arrays(file)
    _report(left_out, None if weights is None else ContextCoder(weights))


def _gather(
    paths: list[Path], coder: ContextCoder | None, per_step: int, rng: np.random.Generator
) -> Rows:
    """Rows of all sets, each also transposed."""
    parts, start = [], time.perf_counter()
    for number, path in enumerate(paths, start=1):
        for found in symbol_sets([path], coder, per_step):
            upright = found.symbols, found.quantizers
            for symbols, quantizers in (upright, (transposed(upright[0]), transposed(upright[1]))):
                rows_of = contexts_of(symbols, quantizers, per_step, coder)
                parts.append(pick_rows(rows_of, _ROWS_OF_SET, rng))
        seconds = time.perf_counter() - start
        print(
            f"context: contexts of {path.stem}, {number}/{len(paths)}, {seconds:.0f} s", flush=True
        )
    rows = Rows(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return rows._replace(weights=np.minimum(rows.weights, np.quantile(rows.weights, 0.999)))


def _fit(
    rows: Rows,
    steps: int,
    rng: np.random.Generator,
    dependent: bool,
    known: ContextWeights | None = None,
) -> Params:
    """Parameters of least code length; of `known` weights the scales stay but for those of surprise."""
    params = dependent_lengths.start_of(_start()) if dependent else _start()
    if known is not None:
        params["scales"] = jnp.zeros(known.scale_weights.shape)
        params = dependent_lengths.surprised_at(params, known)
    loss_of = _dependent_loss if dependent else _loss
    optimizer = optax.adam(optax.cosine_decay_schedule(_RATE, steps))
    state = optimizer.init(params)

    @jax.jit
    def step(params: Params, state: Any, rows: Rows) -> tuple[Params, Any, Float[Array, ""]]:
        loss, gradient = jax.value_and_grad(loss_of)(params, rows)
        update, state = optimizer.update(gradient, state)
        params = optax.apply_updates(params, update)
        if dependent:
            params = dependent_lengths.bounded(params)
        if known is not None:
            params = dependent_lengths.surprised_at(params, known)
        return params, state, loss

    for number in range(1, steps + 1):
        chosen = rng.integers(0, len(rows.symbols), _BATCH)
        params, state, loss = step(params, state, Rows(*(part[chosen] for part in rows)))
        if number % max(1, steps // 10) == 0:
            print(f"context: step {number}/{steps}, {float(loss):.4f} bits", flush=True)
    return params


def _start() -> Params:
    """DC from its neighbors W and N; the scale from a few magnitudes around; nearly Laplace tables."""
    means = np.zeros((16, LEVELS, MEAN_FEATURES), np.float32)
    means[0, :, :2] = 0.5
    scales = np.zeros((16, LEVELS, SCALE_FEATURES), np.float32)
    scales[..., [0, 2, -1]] = 0.3, 0.2, -2
    shapes = np.tile(np.array([0.0, -0.6, 0.6], np.float32), (CLASSES, 1))
    return {"means": jnp.array(means), "scales": jnp.array(scales), "shapes": jnp.array(shapes)}


def _loss(params: Params, rows: Rows) -> Float[Array, ""]:
    length = (code_lengths(params, rows) * rows.weights).sum() / rows.weights.sum()
    bent = jnp.square(jnp.diff(params["shapes"], axis=0)).sum()
    return length + _SMOOTH_SHAPES * bent + _unlikely(params)


def _dependent_loss(params: Params, rows: Rows) -> Float[Array, ""]:
    lengths = dependent_lengths.code_lengths(params, rows)
    length = (lengths * rows.weights).sum() / rows.weights.sum()
    return length + dependent_lengths.roughness(params) + _unlikely(params)


def _unlikely(params: Params) -> Float[Array, ""]:
    """What keeps weights from fitting chance."""
    rough = sum(jnp.square(jnp.diff(params[name], axis=1)).sum() for name in ("means", "scales"))
    return _SMOOTH_WEIGHTS * rough + _SHRINK * jnp.square(params["scales"]).sum()


def code_lengths(params: Params, rows: Rows) -> Float[Array, " n"]:
    """Bits of each symbol: a mixture of two Laplace distributions around the expectation, over a unit.

    The coder's classes are steps of the scale; here shapes between two classes are interpolated, so that
    the scale has a gradient.
    """
    mean = (params["means"][rows.positions, rows.levels] * rows.means).sum(axis=-1)
    scale = (params["scales"][rows.positions, rows.levels] * rows.scales).sum(axis=-1)
    scale = jnp.clip(
        scale, LOWEST_OCTAVE + 0.01, LOWEST_OCTAVE + CLASSES / CLASSES_PER_OCTAVE - 0.02
    )
    place = (scale - LOWEST_OCTAVE) * CLASSES_PER_OCTAVE - 0.5
    below = jnp.clip(jnp.floor(place), 0, CLASSES - 2).astype(int)
    part = jnp.clip(place - below, 0, 1)[:, None]
    shape = params["shapes"][below] * (1 - part) + params["shapes"][below + 1] * part
    share, distance = jax.nn.sigmoid(shape[:, 0]), jnp.abs(rows.symbols - mean)
    width = [jnp.exp2(jnp.clip(scale + shape[:, i], -7, 10)) for i in (1, 2)]
    mass = share * _unit_mass(distance, width[0]) + (1 - share) * _unit_mass(distance, width[1])
    floor = 1e-6 * jnp.exp2(-jnp.minimum(distance, 100) / 20) + 1e-12
    return -jnp.log2(mass * (1 - 2e-5) + floor)


def _unit_mass(distance: Float[Array, " n"], width: Float[Array, " n"]) -> Float[Array, " n"]:
    """Of a Laplace distribution, the mass of a unit whose middle is so far from the expectation."""
    inside = distance < 0.5
    # Both forms are computed; each gets a distance at which its gradient is finite.
    outer, inner = jnp.where(inside, 1.0, distance), jnp.where(inside, distance, 0.0)
    beyond = 0.5 * jnp.exp(-(outer - 0.5) / width) * -jnp.expm1(-1 / width)
    around = 1 - 0.5 * (jnp.exp(-(0.5 - inner) / width) + jnp.exp(-(0.5 + inner) / width))
    return jnp.where(inside, around, beyond)


def _to_integers(params: Params) -> ContextWeights:
    means, scales = (
        np.rint(np.asarray(params[name]) * WEIGHT_ONE).astype(np.int64)
        for name in ("means", "scales")
    )
    tables = build_tables(np.asarray(params["shapes"], np.float64))
    return ContextWeights(means, scales, *tables)


def _report(paths: list[Path], coder: ContextCoder | None) -> None:
    """Code lengths of scenes left out, by the integer tables."""
    for found in symbol_sets(paths, coder):
        print(f"context: {found.scene} {found.bits / found.samples:.4f} bits a sample", flush=True)
