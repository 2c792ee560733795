"""Scale and offset of a scene's samples in words, and whether two scenes have the same."""

import numpy as np
from jaxtyping import Float

from btcnet_jax.scene.info import SceneInfo

_USUAL = {"scale": 1.0, "offset": 0.0}


def uniform(values: Float[np.ndarray, " _"]) -> bool:
    """Whether all bands have the same, NaN among them."""
    return len({value.tobytes() for value in values}) == 1


def calibration_words(info: SceneInfo) -> dict[str, str]:
    """Scale and offset, by these words, each only where it is known."""
    return {
        name: _in_words(values) for name in _USUAL if (values := getattr(info, name)) is not None
    }


def calibration_difference(one: SceneInfo, other: SceneInfo) -> str | None:
    """How the scales and offsets of two scenes differ, in words; None where they are the same.

    None known is a scale of 1 and an offset of 0. Differences that come of float32 do not count.
    """
    words = []
    for name, usual in _USUAL.items():
        mine, others = (
            np.array([usual]) if (values := getattr(info, name)) is None else values
            for info in (one, other)
        )
        same = mine.size in (1, others.size) or others.size == 1
        if not (same and np.allclose(mine, others, rtol=1e-6, atol=0.0, equal_nan=True)):
            words.append(f"{name} {_in_words(mine)} and {_in_words(others)}")
    return ", ".join(words) or None


def _in_words(values: Float[np.ndarray, " _"]) -> str:
    # Each in its own type: the shortest number that is this float32.
    if uniform(values):
        return str(values[0])
    return f"{values.min()!s} to {values.max()!s}, by bands"
