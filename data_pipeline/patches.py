"""Random patches of scenes for training: an endless stream that is a function of seed and step."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene
from data_pipeline.places import PatchPlaces

_Cube = Scene | Num[np.ndarray, "_ _ _"]

# Streams of random numbers that must not meet though they share seed and counter.
_ORDER, _PLACE = 0, 1


class PatchStream:
    """Batches of random crops, endless and deterministic.

    Scenes are taken in passes, each a fresh shuffle of all scenes; batches run on across the end of
    a pass, so that at any step the times two scenes were taken differ by at most one. Of a scene with
    missing samples, patches are drawn from the places without any.

    Attributes:
        position: the step of the batch that iterating gives next. It may be set, and is all there is
            to save with a checkpoint: a stream of the same scenes, sizes and seed goes on from it.

    Args:
        scenes: of one band count, or cubes (rows, cols, bands), of which NaN and infinite samples are
            missing.
        patch_rows: rows of a patch.
        patch_cols: columns of a patch.
        batch_images: patches of a batch, each from one scene; of all hosts together.
        seed: of the random numbers, 0 or more.
        part: this host's index and the number of hosts. Each gives its part of the batch that one host
            alone would give, in their order.

    Raises:
        DataError: no scene, a scene smaller than a patch or without a place for one, differing band
            counts, sizes below one, or a batch that the hosts cannot share equally.
    """

    def __init__(
        self,
        scenes: Sequence[_Cube],
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
        patch = (patch_rows, patch_cols)
        self._scenes = [
            PatchPlaces.of(scene, patch, f"scene {index}") for index, scene in enumerate(scenes, 1)
        ]
        self._dtype = np.result_type(*(scene.values.dtype for scene in self._scenes))
        self._minimum = np.array([scene.minimum for scene in self._scenes], np.float32)
        self._maximum = np.array([scene.maximum for scene in self._scenes], np.float32)
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
            minimum: (images,) float32, the least valid sample of each patch's whole scene.
            maximum: (images,) float32, the greatest.
        """
        chosen = self._chosen(step)
        rng = np.random.default_rng([self._seed, _PLACE, step])
        # Drawn for all hosts, so that each draws the same.
        corners = [self._scenes[index].draw(rng) for index in chosen]
        chosen, corners = chosen[self._own], corners[self._own]
        places = zip(chosen, corners, strict=True)
        patches = np.stack([self._scenes[index].crop(corner) for index, corner in places])
        return {
            "patches": patches.astype(self._dtype, copy=False),
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


def center_patches(
    scenes: Sequence[_Cube], patch_rows: int, patch_cols: int
) -> list[dict[str, np.ndarray]]:
    """The middle of each scene as a batch of one patch, the same at every call: for validation.

    Where samples are missing there, the place without any that is nearest the middle.

    Args:
        scenes: each at least as large as a patch, as `PatchStream` takes them.
        patch_rows: rows of a patch.
        patch_cols: columns of a patch.

    Returns:
        As many batches as scenes, laid out as those of `PatchStream`.

    Raises:
        DataError: a scene has no place for a patch.
    """
    batches = []
    for index, scene in enumerate(scenes, 1):
        places = PatchPlaces.of(scene, (patch_rows, patch_cols), f"scene {index}")
        batches.append(
            {
                "patches": places.crop(places.middle())[None],
                "minimum": np.array([places.minimum], np.float32),
                "maximum": np.array([places.maximum], np.float32),
            }
        )
    return batches


def _require_usable(
    scenes: Sequence[_Cube], patch_rows: int, patch_cols: int, batch_images: int, seed: int
) -> None:
    if not scenes:
        raise DataError("no scene to take patches from; give at least one")
    if min(patch_rows, patch_cols, batch_images) < 1 or seed < 0:
        raise DataError(
            f"patches of {patch_rows} x {patch_cols}, {batch_images} a batch, seed {seed}:"
            f" sizes must be at least 1 and the seed at least 0"
        )
    shapes = [(scene.values if isinstance(scene, Scene) else scene).shape for scene in scenes]
    if len({shape[2] for shape in shapes}) > 1:
        raise DataError("scenes differ in bands; a batch needs scenes of one band count")
    for index, (rows, cols, _) in enumerate(shapes, 1):
        if rows < patch_rows or cols < patch_cols:
            raise DataError(
                f"scene {index}: {rows} rows x {cols} columns are less than"
                f" a patch of {patch_rows} x {patch_cols};"
                f" lower --config.data.patch_rows/--config.data.patch_cols"
            )
