"""Random patches of scenes for training: an endless stream that is a function of seed and step."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError

# Streams of random numbers that must not meet though they share seed and counter.
_ORDER, _PLACE = 0, 1


class PatchStream:
    """Batches of random crops, endless and deterministic.

    Scenes are taken in passes, each a fresh shuffle of all scenes; batches run on across the end of
    a pass, so that at any step the times two scenes were taken differ by at most one.

    Attributes:
        position: the step of the batch that iterating gives next. It may be set, and is all there is
            to save with a checkpoint: a stream of the same scenes, sizes and seed goes on from it.

    Args:
        scenes: cubes (rows, cols, bands) of one band count.
        patch_rows: rows of a patch.
        patch_cols: columns of a patch.
        batch_images: patches of a batch, each from one scene; of all hosts together.
        seed: of the random numbers, 0 or more.
        part: this host's index and the number of hosts. Each gives its part of the batch that one host
            alone would give, in their order.

    Raises:
        DataError: no scene, a scene smaller than a patch, differing band counts, sizes below one, or a
            batch that the hosts cannot share equally.
    """

    def __init__(
        self,
        scenes: Sequence[Num[np.ndarray, "_ _ _"]],
        patch_rows: int,
        patch_cols: int,
        batch_images: int,
        seed: int,
        *,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        _require_usable(scenes, patch_rows, patch_cols, batch_images, seed)
        if batch_images % part[1]:
            raise DataError(
                f"{part[1]} hosts cannot share a batch of {batch_images} equally:"
                f" set --config.data.images_per_batch to a multiple of {part[1]}"
            )
        share = batch_images // part[1]
        self._own = slice(part[0] * share, (part[0] + 1) * share)
        self._scenes = list(scenes)
        self._dtype = np.result_type(*(scene.dtype for scene in scenes))
        self._minimum = np.array([scene.min() for scene in scenes], np.float32)
        self._maximum = np.array([scene.max() for scene in scenes], np.float32)
        self._patch = (patch_rows, patch_cols)
        self._batch_images = batch_images
        self._seed = seed
        self.position = 0

    @property
    def steps_per_epoch(self) -> int:
        """Steps that take every scene at least once."""
        return -(-len(self._scenes) // self._batch_images)

    def batch_at(self, step: int) -> dict[str, np.ndarray]:
        """The batch of a step, the same whenever it is asked for.

        Args:
            step: 0 or more.

        Returns:
            patches: (images, patch_rows, patch_cols, bands) in the scenes' type, or in the type numpy
                promotes them to where they differ; images are this host's of the batch.
            minimum: (images,) float32, the least sample of each patch's whole scene.
            maximum: (images,) float32, the greatest.
        """
        chosen = self._chosen(step)
        rng = np.random.default_rng([self._seed, _PLACE, step])
        # Drawn for all hosts, so that each draws the same.
        corners = [self._corner(self._scenes[index], rng) for index in chosen]
        chosen, corners = chosen[self._own], corners[self._own]
        patches = np.stack(
            [self._crop(self._scenes[n], corner) for n, corner in zip(chosen, corners, strict=True)]
        )
        return {
            "patches": patches,
            "minimum": self._minimum[chosen],
            "maximum": self._maximum[chosen],
        }

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        while True:
            batch = self.batch_at(self.position)
            # Moved on before the batch is handed out: a position saved while it is in use is that
            # of the batch after it.
            self.position += 1
            yield batch

    def _chosen(self, step: int) -> list[int]:
        """Index of the scene of each patch: places step * batch_images and on in the passes."""
        count = len(self._scenes)
        places = range(step * self._batch_images, (step + 1) * self._batch_images)
        orders = {
            number: np.random.default_rng([self._seed, _ORDER, number]).permutation(count)
            for number in {place // count for place in places}
        }
        return [int(orders[place // count][place % count]) for place in places]

    def _corner(self, scene: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
        rows, cols = self._patch
        row = int(rng.integers(scene.shape[0] - rows + 1))
        return row, int(rng.integers(scene.shape[1] - cols + 1))

    def _crop(self, scene: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
        (row, col), (rows, cols) = corner, self._patch
        return scene[row : row + rows, col : col + cols].astype(self._dtype)


def center_patches(
    scenes: Sequence[Num[np.ndarray, "_ _ _"]], patch_rows: int, patch_cols: int
) -> list[dict[str, np.ndarray]]:
    """The middle of each scene as a batch of one patch, the same at every call: for validation.

    Args:
        scenes: cubes (rows, cols, bands), each at least as large as a patch.
        patch_rows: rows of a patch.
        patch_cols: columns of a patch.

    Returns:
        As many batches as scenes, laid out as those of `PatchStream`.
    """
    batches = []
    for scene in scenes:
        row, col = (scene.shape[0] - patch_rows) // 2, (scene.shape[1] - patch_cols) // 2
        patch = scene[row : row + patch_rows, col : col + patch_cols]
        extremes = {"minimum": scene.min(), "maximum": scene.max()}
        batches.append(
            {"patches": patch[None]}
            | {name: np.array([value], np.float32) for name, value in extremes.items()}
        )
    return batches


def _require_usable(
    scenes: Sequence[np.ndarray], patch_rows: int, patch_cols: int, batch_images: int, seed: int
) -> None:
    if not scenes:
        raise DataError("no scene to take patches from; give at least one")
    if min(patch_rows, patch_cols, batch_images) < 1 or seed < 0:
        raise DataError(
            f"patches of {patch_rows} x {patch_cols}, {batch_images} a batch, seed {seed}:"
            f" sizes must be at least 1 and the seed at least 0"
        )
    if len({scene.shape[2] for scene in scenes}) > 1:
        raise DataError("scenes differ in bands; a batch needs scenes of one band count")
    for index, scene in enumerate(scenes):
        if scene.shape[0] < patch_rows or scene.shape[1] < patch_cols:
            raise DataError(
                f"scene {index + 1}: {scene.shape[0]} rows x {scene.shape[1]} columns are less than"
                f" a patch of {patch_rows} x {patch_cols};"
                f" lower --config.data.patch_rows/--config.data.patch_cols"
            )
