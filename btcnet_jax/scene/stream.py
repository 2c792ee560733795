"""A scene that comes some lines at a time, from the first to the last, for what writes or measures it so."""

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Num

from btcnet_jax.scene.masked import Mask
from btcnet_jax.scene.scene import Scene


@dataclasses.dataclass(frozen=True, eq=False)
class SceneStream:
    """The samples of a scene, once, and what is known of it.

    Attributes:
        known: the scene without its samples: its values are of the right shape and type and say nothing, no
            matter what, but they are not nodata. Of a scene in memory the scene itself.
        lines: groups of lines, (some, cols, bands), from the first line to the last.
        mask: asked for after the last line: which samples are data, where their values do not tell.
        large: whether it is too large to be held; a writer chooses what suits that.
    """

    known: Scene
    lines: Iterable[Num[np.ndarray, "some cols bands"]]
    mask: Callable[[], Mask | None]
    large: bool = False

    @classmethod
    def of(cls, scene: Scene) -> "SceneStream":
        """A scene in memory, in one group."""
        return cls(scene, [scene.values], lambda: scene.mask)

    def finished(self) -> Scene:
        """What is known once all lines have been taken: with the mask."""
        return dataclasses.replace(self.known, mask=self.mask())

    def collect(self) -> Scene:
        """The scene in memory."""
        if not self.large:
            groups = list(self.lines)
            values = groups[0] if len(groups) == 1 else np.concatenate(groups)
        else:
            values, row = np.empty(self.known.values.shape, self.known.values.dtype), 0
            for group in self.lines:
                values[row : row + len(group)] = group
                row += len(group)
        return dataclasses.replace(self.known, values=values, mask=self.mask())


def placeholder(
    shape: tuple[int, int, int], dtype: np.dtype, nodata: int | float | None
) -> Num[np.ndarray, "rows cols bands"]:
    """Values of a scene that say nothing and take no memory; none of them is nodata."""
    value = dtype.type(1 if nodata == 0 else 0)
    return np.broadcast_to(value, shape)
