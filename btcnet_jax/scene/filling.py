"""Missing samples filled with their neighbors, for what cannot do without a value at every place."""

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.scene.scene import Scene


def fill_missing(scene: Scene) -> Num[np.ndarray, "rows cols bands"]:
    """The values of a scene with something smooth in place of what is missing.

    Each band by itself: a missing sample gets the nearest valid one of its line (of two equally near,
    the left one), a line without any that of the nearest such line (of two, the upper one). A band
    without valid samples becomes 0.

    Args:
        scene: any; one without missing samples gives its own values, not a copy.
    """
    valid = scene.valid()
    if valid.all():
        return scene.values
    filled = np.where(valid, scene.values, np.zeros((), scene.values.dtype))
    for values, there in zip(filled, valid, strict=True):
        if not there.all():
            values[...] = np.take_along_axis(values, _nearest(there), axis=0)
    lines = np.asarray(valid.any(axis=1))
    if not lines.all():
        # Of a line with data, every sample is there by now.
        filled = np.take_along_axis(filled, _nearest(lines)[:, None], axis=0)
    return filled


def _nearest(there: Bool[np.ndarray, "places bands"]) -> np.ndarray:
    """For each place and band the nearest place that has a value; the place itself where none has."""
    places = np.arange(len(there))[:, None]
    far = 2 * len(there)
    before = np.maximum.accumulate(np.where(there, places, -far), axis=0)
    after = np.minimum.accumulate(np.where(there, places, far)[::-1], axis=0)[::-1]
    nearest = np.where(places - before <= after - places, before, after)
    return np.where(there.any(axis=0), nearest, places)
