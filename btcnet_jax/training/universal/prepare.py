"""Stage `prepare`: the components of every training scene, in units of the quantization step of some rates."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Num

from btcnet_jax.parts.block_transform import BLOCK_MATRIX
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.parts.spectral_plan import BASIS_BITS, fit_plan
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene
from btcnet_jax.training.universal.prepared import (
    DETAIL_COMPONENTS,
    RATES,
    TEST,
    PreparedScene,
    write_scene,
)

Cube = Num[np.ndarray, "rows cols bands"]

# More than any of these rates takes.
_MOST_COMPONENTS = 40


def prepare_scenes(scenes: Sequence[tuple[str, Callable[[], Cube]]], folder: Path) -> None:
    """Prepares scenes that are not prepared yet, the test scenes left out.

    Args:
        scenes: each one's name, and what reads its samples (rows, cols, bands).
        folder: of the prepared scenes; made if missing.

    Raises:
        DataError: a scene cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(name, read) for name, read in scenes if name not in TEST]
    for number, (name, read) in enumerate(wanted, start=1):
        done = folder / f"{name}.npz"
        if not done.exists():
            write_scene(done, _prepare(name, read()))
        print(f"prepare {number}/{len(wanted)}: {name}", flush=True)


def _prepare(name: str, cube: Cube) -> PreparedScene:
    samples = read_samples(cube, SceneFacts.of(Scene(values=cube), constant_bands=True))
    every_block = np.concatenate(list(samples.parts())).astype(np.float64)
    pixels = every_block.reshape(-1, every_block.shape[2])
    covariance = pixels.T @ pixels / len(pixels)
    bands = pixels.shape[1]
    planes, left = [], []
    for rate in RATES:
        # The rate is that of the scene as it is, without what fills up its last blocks.
        front = fit_plan(covariance, every_block, rate * cube.size, BASIS_BITS * bands)
        projection = front.projection[:, :_MOST_COMPONENTS] / front.step
        in_steps = samples.deviations @ projection
        energy = np.square(samples.deviations * front.weights / front.step).sum(axis=2).mean()
        kept = np.square(in_steps[..., :DETAIL_COMPONENTS]).sum(axis=2).mean()
        planes.append(in_steps.astype(np.float32))
        left.append(float(max(energy - kept, 0)))
    return PreparedScene(name, bands, BLOCK_MATRIX, planes, left)
