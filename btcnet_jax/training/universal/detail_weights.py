"""Stage `detail`: trains the decoder's detail network. Needs jax, flax, optax and numpy, and one accelerator.

The loss is the error of a crop in decibels against that of the plain symbols, components that the network
does not see counted in both: so scenes and rates count alike.
"""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.traverse_util import flatten_dict
from jaxtyping import Array, Float, PRNGKeyArray

from btcnet_jax.errors import TrainingError
from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.training.universal.detail_samples import (
    RATES_USED,
    Pieces,
    draw_sample,
    load_pieces,
    round_to_symbols,
    transform_blocks,
    with_components,
)
from btcnet_jax.training.universal.prepared import DETAIL_COMPONENTS, read_scene, write_arrays

_RATE, _WARM_UP, _AVERAGE = 7e-4, 1000, 0.998
# Squared error, in steps, that no decoder takes away: keeps easy crops from counting without limit.
_FLOOR = 0.02
_REPORTS = 20


@dataclass(frozen=True)
class DetailSettings:
    """What the stage can be told: steps of the optimizer, the network's size, crops a step, seed."""

    steps: int = 29_000
    width: int = 192
    blocks: int = 4
    batch: int = 48
    seed: int = 0


class _State(NamedTuple):
    params: Any
    average: Any
    optimizer: Any


class _Validation(NamedTuple):
    name: str
    symbols: Float[Array, "r c 16 24"]
    coefficients: Float[Array, "r c 16 24"]
    left: float


def train_detail(
    train: list[Path], left_out: list[Path], out: Path, settings: DetailSettings
) -> None:
    """Trains and writes the moving average of the parameters, float32, layer by layer.

    Args:
        train: prepared scenes.
        left_out: prepared scenes to report on while training.
        out: the file.
        settings: of the training.

    Raises:
        TrainingError: the network does not learn, which a bad start can cause: take another seed.
    """
    net = DetailNet(DETAIL_COMPONENTS, settings.width, settings.blocks, jnp.bfloat16)
    params = init_detail_params(net, settings.seed)
    optimizer = _optimizer(settings.steps)
    state = _State(params, jax.tree.map(jnp.copy, params), optimizer.init(params))
    pieces, validation = load_pieces(train), _validation(left_out)
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    print(
        f"detail: {len(train)} scenes, {len(pieces.planes)} pieces, {count} parameters", flush=True
    )
    step = jax.jit(partial(_step, net, optimizer, settings.batch), donate_argnums=1)
    key, gains, start = jax.random.key(settings.seed + 1), [], time.perf_counter()
    for number in range(1, settings.steps + 1):
        state, gain = step(pieces, state, jax.random.fold_in(key, number))
        if number % max(1, settings.steps // 1000) == 0:
            gains.append(float(gain))
        if number % max(1, settings.steps // _REPORTS) == 0:
            recent = float(np.mean(gains[-50:]))
            print(
                f"detail {number}/{settings.steps}, {time.perf_counter() - start:.0f} s:", end=" "
            )
            print(f"gain {recent:.3f} dB{_report(net, state.average, validation)}", flush=True)
            _check_alive(number, recent)
    arrays: dict[str, Any] = {
        "/".join(path): leaf for path, leaf in flatten_dict(state.average).items()
    }
    write_arrays(out, arrays)


def _optimizer(steps: int) -> optax.GradientTransformation:
    warm_up = min(_WARM_UP, steps // 10)
    schedule = optax.warmup_cosine_decay_schedule(0.0, _RATE, warm_up, steps, 0.01 * _RATE)
    return optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(schedule, b2=0.99, weight_decay=0.02)
    )


def _step(
    net: DetailNet,
    optimizer: optax.GradientTransformation,
    batch: int,
    pieces: Pieces,
    state: _State,
    key: PRNGKeyArray,
) -> tuple[_State, Float[Array, ""]]:
    loss, gradient = jax.value_and_grad(partial(_loss, net, batch, pieces))(state.params, key)
    update, optimizer_state = optimizer.update(gradient, state.optimizer, state.params)
    params = optax.apply_updates(state.params, update)
    average = optax.incremental_update(params, state.average, 1 - _AVERAGE)
    return _State(params, average, optimizer_state), -loss


def _loss(
    net: DetailNet, batch: int, pieces: Pieces, params: Any, key: PRNGKeyArray
) -> Float[Array, ""]:
    keys = jax.random.split(key, batch)
    symbols, coefficients, left = jax.vmap(partial(draw_sample, pieces))(keys)
    restored = symbols + jnp.asarray(net.apply({"params": params}, symbols))
    after, before = (_error(values, coefficients) + left + _FLOOR for values in (restored, symbols))
    return 10 / np.log(10) * (jnp.log(after) - jnp.log(before)).mean()


def _error(
    values: Float[Array, "*b r c 16 k"], coefficients: Float[Array, "*b r c 16 k"]
) -> Float[Array, "*b"]:
    """Squared error of all components at a pixel, in steps."""
    return jnp.square(values - coefficients).mean(axis=(-4, -3, -2)).sum(axis=-1)


def _check_alive(number: int, gain: float) -> None:
    if number > 2 * _WARM_UP and gain < 0.005:
        raise TrainingError(
            f"detail: no gain after {number} steps; train again with another --seed"
        )


def _validation(paths: list[Path]) -> list[_Validation]:
    out = []
    for path in paths:
        scene = read_scene(path)
        matrix = jnp.array(scene.block_matrix, jnp.float32)
        for planes, left in list(zip(scene.planes, scene.left, strict=True))[:RATES_USED]:
            coefficients = transform_blocks(jnp.array(with_components(planes)), matrix)
            out.append(
                _Validation(scene.name, round_to_symbols(coefficients, 0.1), coefficients, left)
            )
    return out


def _report(net: DetailNet, params: Any, validation: list[_Validation]) -> str:
    """Gains over the best constant reconstruction points, from the lowest rate to the highest."""
    gains: dict[str, list[str]] = {}
    for name, symbols, coefficients, left in validation:
        restored = symbols + net.apply({"params": params}, symbols[None])[0]
        plain = _error(_with_centroids(symbols, coefficients), coefficients) + left
        gain = 10 * jnp.log10(plain / (_error(restored, coefficients) + left))
        gains.setdefault(name, []).append(f"{float(gain):.2f}")
    return "".join(f", {name} {' '.join(values)}" for name, values in gains.items())


def _with_centroids(
    symbols: Float[Array, "r c 16 k"], coefficients: Float[Array, "r c 16 k"]
) -> Float[Array, "r c 16 k"]:
    """Symbols of magnitude 1, and those of more, moved by what is best for all of them."""
    sign, size, out = jnp.sign(symbols), jnp.abs(symbols), symbols
    for chosen in (size == 1, size >= 2):
        shift = ((coefficients - symbols) * sign * chosen).sum() / jnp.maximum(chosen.sum(), 1)
        out = out + chosen * sign * shift
    return out
