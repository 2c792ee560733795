"""Larger scenes of small ones, without the packages that peers and readers need."""

import numpy as np

from btcnet_jax.scene.scene import Scene


def mirrored(scene: Scene, *sizes: int) -> Scene:
    """The scene and its mirror images in turn, of these rows and columns, and bands where they are given."""
    known = scene.values.shape[: len(sizes)]
    more = [(0, max(size - old, 0)) for size, old in zip(sizes, known, strict=True)]
    more += [(0, 0)] * (3 - len(sizes))
    values = np.pad(scene.values, more, "symmetric")[tuple(map(slice, sizes))]
    return Scene(name=f"{scene.name}, mirrored", values=np.ascontiguousarray(values))
