"""Stage `detail`: trains a network of the decoder. Needs jax, flax, optax, numpy and one accelerator.

The loss is the error of a crop in decibels against that of the plain symbols, components that the network
does not see counted in both: so scenes and rates count alike.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from btcnet_jax.errors import TrainingError
from btcnet_jax.files import write_atomically
from btcnet_jax.training.stop_signals import StopSignals
from btcnet_jax.training.universal.detail_checkpoint import (
    Progress,
    TrainingState,
    load_checkpoint,
    named_arrays,
    save_checkpoint,
)
from btcnet_jax.training.universal.detail_data import DetailData, load_data
from btcnet_jax.training.universal.detail_networks import RECIPES, Apply, applied, init_params
from btcnet_jax.training.universal.detail_samples import draw_batch
from btcnet_jax.training.universal.detail_validation import (
    Validation,
    load_validation,
    mean_gains,
    measure_gains,
    squared_error,
)
from btcnet_jax.training.universal.prepared import write_arrays

_WARM_UP, _AVERAGE = 1000, 0.999
# Squared error, in steps, that no decoder takes away: keeps easy crops from counting without limit.
_FLOOR = 0.02
_REPORTS, _SECONDS_BETWEEN_CHECKPOINTS = 24, 150
# Steps that the accelerator may be behind: the clock is of steps done, and gains are read in passing.
_BEHIND = 8


@dataclass(frozen=True)
class DetailSettings:
    """What the stage can be told.

    Attributes:
        network: name in `RECIPES`.
        steps: of the optimizer; None to go by the clock.
        minutes: of training, compiling and reports in it, over which the learning rate falls; None for the
            network's own.
        width, blocks: of the network, None for its own.
        batch: crops a step.
        views: share of the crops that have the encoder's own symbols; None for the network's own.
        textures: share of the crops that are semi-synthetic; likewise.
        mixed: share of the other crops in which another scene takes the place of some components; likewise.
        variants: planes made of each texture.
        seed: of everything random.
    """

    network: str = "light"
    steps: int | None = None
    minutes: float | None = None
    width: int | None = None
    blocks: int | None = None
    batch: int = 48
    views: float | None = None
    textures: float | None = None
    mixed: float | None = None
    variants: int = 2
    seed: int = 0


@dataclass(frozen=True)
class _Training:
    """What does not change while it runs."""

    apply: Apply
    optimizer: optax.GradientTransformation
    batch: tuple[int, int, int, float]
    data: DetailData


def train_detail(
    train: list[Path], left_out: list[Path], out: Path, settings: DetailSettings
) -> bool:
    """Trains, and writes the moving average of the parameters and what it gains.

    out/detail_NETWORK.npz has it in float32, layer by layer; out/detail_NETWORK.json gains on the scenes left
    out, of the network as it ships: weights rounded to float16, computed in float32. Stopped by a signal, the
    state stays in out/detail_NETWORK.checkpoint.npz, and the next call goes on from there.

    Args:
        train: prepared scenes; out/symbols and out/textures have what else is drawn from, if they are there.
        left_out: prepared scenes to report on while training.
        out: folder.
        settings: of the training.

    Returns:
        Whether it came to its end.

    Raises:
        TrainingError: the network does not learn, which a bad start can cause: take another seed. Or the
            checkpoint is of another training.
    """
    recipe = RECIPES[settings.network]
    sizes: dict[str, Any] = {"width": settings.width, "blocks": settings.blocks}
    net = replace(recipe.net, **{name: size for name, size in sizes.items() if size is not None})
    params = init_params(net, settings.seed)
    data = load_data(train, out / "symbols", out / "textures", settings.variants)
    validation = load_validation(left_out, out / "symbols")
    optimizer = _optimizer()
    training = _Training(applied(net, data.block_matrix), optimizer, _kinds(data, settings), data)
    state = TrainingState(params, jax.tree.map(jnp.copy, params), optimizer.init(params))
    print(_describe(params, train, data, training.batch), flush=True)
    state, ended = _train(training, state, validation, out, settings)
    if ended:
        _finish(
            state.average, out, settings, applied(net, data.block_matrix, jnp.float32), validation
        )
    return ended


def _train(
    training: _Training,
    state: TrainingState,
    validation: list[Validation],
    out: Path,
    settings: DetailSettings,
) -> tuple[TrainingState, bool]:
    checkpoint, told = _checkpoint_path(out, settings), json.dumps(asdict(settings))
    state, progress = load_checkpoint(checkpoint, state, told)
    if progress.steps:
        print(f"goes on after step {progress.steps}, {progress.seconds:.0f} s", flush=True)
    name, peak = settings.network, RECIPES[settings.network].rate
    report, saved = jax.jit(training.apply), progress.seconds
    reported = int(_done(progress, settings) * _REPORTS)
    step = jax.jit(partial(_step, training), donate_argnums=1)
    key, gains, first = jax.random.key(settings.seed + 1), list[Array](), progress
    start = time.perf_counter()
    with StopSignals() as signals:
        while (done := _done(progress, settings)) < 1:
            number = progress.steps + 1
            rate = peak * _rate(number, done)
            state, gain = step(training.data, state, jax.random.fold_in(key, number), rate)
            gains = [*gains[-500:], gain]
            gains[-min(_BEHIND, len(gains))].block_until_ready()
            progress = Progress(number, first.seconds + time.perf_counter() - start)
            if int(_done(progress, settings) * _REPORTS) > reported or signals.received:
                reported = int(_done(progress, settings) * _REPORTS)
                recent = float(np.mean([float(gain) for gain in gains]))
                found = mean_gains(measure_gains(report, state.average, validation))
                print(_line(name, progress, settings, recent, found), flush=True)
                _check_alive(number, recent)
            if signals.received or progress.seconds > saved + _SECONDS_BETWEEN_CHECKPOINTS:
                save_checkpoint(checkpoint, state, progress, told)
                saved = progress.seconds
            if signals.received:
                print(f"stopped: the same command goes on from {checkpoint}", flush=True)
                return state, False
    return state, True


def _finish(
    average: Any,
    out: Path,
    settings: DetailSettings,
    apply: Apply,
    validation: list[Validation],
) -> None:
    stem = f"detail_{settings.network}"
    write_arrays(out / f"{stem}.npz", named_arrays(average, np.float32))
    _checkpoint_path(out, settings).unlink(missing_ok=True)
    shipped = jax.tree.map(lambda leaf: leaf.astype(jnp.float16).astype(jnp.float32), average)
    gains = measure_gains(jax.jit(apply), shipped, validation)
    facts = {"settings": asdict(settings), "mean": mean_gains(gains), "gains": gains}
    write_atomically(out / f"{stem}.json", json.dumps(facts, indent=1).encode())
    print(f"{out / stem}.npz: {json.dumps(mean_gains(gains))}", flush=True)


def _checkpoint_path(out: Path, settings: DetailSettings) -> Path:
    return out / f"detail_{settings.network}.checkpoint.npz"


def _done(progress: Progress, settings: DetailSettings) -> float:
    """Share of the training that is over."""
    if settings.steps is not None:
        return progress.steps / settings.steps
    minutes = settings.minutes or RECIPES[settings.network].minutes
    return progress.seconds / (60 * minutes)


def _rate(number: int, done: float) -> float:
    """Share of the highest learning rate: a line over the warm-up, half a cosine over the whole."""
    return min(number / _WARM_UP, 1.0) * (0.01 + 0.99 * (1 + np.cos(np.pi * min(done, 1.0))) / 2)


def _kinds(data: DetailData, settings: DetailSettings) -> tuple[int, int, int, float]:
    """Crops a step, how many of them are of views and of textures, and the share of others that is mixed."""
    recipe = RECIPES[settings.network]
    of_views = recipe.views if settings.views is None else settings.views
    of_textures = recipe.textures if settings.textures is None else settings.textures
    views = round(settings.batch * of_views) if data.views is not None else 0
    textures = round(settings.batch * of_textures) if data.textures is not None else 0
    mixed = recipe.mixed if settings.mixed is None else settings.mixed
    return settings.batch, views, min(textures, settings.batch - views), mixed


def _optimizer() -> optax.GradientTransformation:
    """AdamW without its learning rate, which goes by the clock."""
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.flatten(optax.scale_by_adam(b2=0.99)),
        optax.add_decayed_weights(0.02),
    )


def _step(
    training: _Training,
    data: DetailData,
    state: TrainingState,
    key: PRNGKeyArray,
    rate: Float[Array, ""] | float,
) -> tuple[TrainingState, Float[Array, ""]]:
    loss, gradient = jax.value_and_grad(partial(_loss, training, data))(state.params, key)
    update, optimizer_state = training.optimizer.update(gradient, state.optimizer, state.params)
    params = jax.tree.map(lambda old, new: old - rate * new, state.params, update)
    average = optax.incremental_update(params, state.average, 1 - _AVERAGE)
    new = TrainingState(params, average, optimizer_state)
    # One crop in millions that overflows must not end the training.
    finite = jnp.isfinite(loss) & jnp.isfinite(optax.tree.norm(gradient))
    kept: TrainingState = jax.tree.map(lambda a, b: jnp.where(finite, a, b), new, state)
    return kept, -loss


def _loss(
    training: _Training, data: DetailData, params: Any, key: PRNGKeyArray
) -> Float[Array, ""]:
    symbols, coefficients, left = draw_batch(data, key, *training.batch)
    restored = symbols + training.apply(params, symbols)
    after, before = (
        squared_error(values, coefficients) + left + _FLOOR for values in (restored, symbols)
    )
    return 10 / np.log(10) * (jnp.log(after) - jnp.log(before)).mean()


def _check_alive(number: int, gain: float) -> None:
    if number > 2 * _WARM_UP and not gain >= 0.005:  # NaN too
        raise TrainingError(
            f"detail: no gain after {number} steps; train again with another --seed"
        )


def _describe(
    params: Any, train: list[Path], data: DetailData, batch: tuple[int, int, int, float]
) -> str:
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    views = 0 if data.views is None else len(data.views.symbols)
    textures = 0 if data.textures is None else len(data.textures.planes)
    return (
        f"detail: {len(train)} scenes, {len(data.pieces.planes)} pieces, {views} views, {textures} "
        f"pieces of textures, {count} parameters; of {batch[0]} crops {batch[1]} of views, "
        f"{batch[2]} of textures"
    )


def _line(
    name: str,
    progress: Progress,
    settings: DetailSettings,
    recent: float,
    found: dict[str, list[float]],
) -> str:
    told = "".join(
        f", {way} {' '.join(f'{gain:.3f}' for gain in gains)}" for way, gains in found.items()
    )
    share = 100 * _done(progress, settings)
    pace = 1000 * progress.seconds / progress.steps
    return (
        f"detail {name} step {progress.steps}, {progress.seconds:.0f} s, {share:.0f} %, {pace:.1f} ms a step: "
        f"training {recent:.3f} dB{told}"
    )
