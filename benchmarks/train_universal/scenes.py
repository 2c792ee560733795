"""Stage `prepare`: the components of every training scene, in units of the quantization step of some rates."""

from pathlib import Path

import numpy as np

from benchmarks.train_universal.prepared import (
    DETAIL_COMPONENTS,
    RATES,
    TEST,
    PreparedScene,
    write_scene,
)
from btcnet_benchmark.sweep.scenes import find_scenes, load_benchmark_scene
from btcnet_jax.codec.value_range import check_cube
from btcnet_jax.universal.block_transform import BLOCK_MATRIX
from btcnet_jax.universal.front_end import BASIS_BITS, fit_front_end
from btcnet_jax.universal.samples import find_varying, read_samples

# More than any of these rates takes.
_MOST_COMPONENTS = 40


def prepare_scenes(data: Path, folder: Path) -> None:
    """Prepares the scenes of a folder that are not prepared yet, the test scenes left out.

    Raises:
        DataError: a scene cannot be read, or there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [path for path in find_scenes([data]) if path.stem not in TEST]
    for number, path in enumerate(paths, start=1):
        done = folder / f"{path.stem}.npz"
        if not done.exists():
            write_scene(done, _prepare(path))
        print(f"prepare {number}/{len(paths)}: {path.stem}", flush=True)


def _prepare(path: Path) -> PreparedScene:
    cube = load_benchmark_scene(path).scene.values
    samples = read_samples(cube, check_cube(cube, cube.shape[2]), find_varying(cube))
    every_block = np.concatenate(list(samples.parts())).astype(np.float64)
    pixels = every_block.reshape(-1, every_block.shape[2])
    covariance = pixels.T @ pixels / len(pixels)
    bands = pixels.shape[1]
    planes, left = [], []
    for rate in RATES:
        # The rate is that of the scene as it is, without what fills up its last blocks.
        front = fit_front_end(covariance, every_block, rate * cube.size, BASIS_BITS * bands)
        projection = front.projection[:, :_MOST_COMPONENTS] / front.step
        in_steps = samples.deviations @ projection
        energy = np.square(samples.deviations * front.weights / front.step).sum(axis=2).mean()
        kept = np.square(in_steps[..., :DETAIL_COMPONENTS]).sum(axis=2).mean()
        planes.append(in_steps.astype(np.float32))
        left.append(float(max(energy - kept, 0)))
    return PreparedScene(path.stem, bands, BLOCK_MATRIX, planes, left)
