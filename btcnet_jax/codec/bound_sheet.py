"""What keeping a bound of the error takes for a scene: operations a sample, multiply-adds, memory."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.bound_cost import CodingMultiplyAdds, coding_multiply_adds
from btcnet_jax.codec.build import bounded_codec
from btcnet_jax.coding.bounded.arrays import LANES, State
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.scene_sections import read_facts
from btcnet_jax.cost import Stage, Tally
from btcnet_jax.errors import CubeError
from btcnet_jax.parts.bounded_tiles import samples_of
from btcnet_jax.scene import Scene


class BoundStage(NamedTuple):
    """Of one stage, operations a sample of the scene (`btcnet_jax.cost` tells what counts as one).

    Attributes:
        stage: which.
        operations: what the file took.
        computed: all of it, what was tried beside it included.
    """

    stage: str
    operations: float
    computed: float


class BoundMemory(NamedTuple):
    """Bytes for a tile that is coded.

    Attributes:
        planes: of the last bands' samples and errors, which lanes share.
        contexts: odds.
        sums: of products, their solution, and a line's neighbors.
        codes: of all its samples.
    """

    planes: int
    contexts: int
    sums: int
    codes: int

    @property
    def state(self) -> int:
        """All but the codes: what does not grow with the bands."""
        return self.planes + self.contexts + self.sums


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoundSheet:
    """Of a scene and a bound.

    Attributes:
        file_bytes: of the file.
        tiles, lanes: that it has, and in which the bands of one are coded.
        rows, cols: of the largest tile.
        stages: in their order.
        multiply_adds: of the prediction, a sample that is coded.
        memory: in bytes.
    """

    file_bytes: int
    tiles: int
    lanes: int
    rows: int
    cols: int
    stages: tuple[BoundStage, ...]
    multiply_adds: CodingMultiplyAdds
    memory: BoundMemory

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        told = dataclasses.asdict(self)
        told["stages"] = [stage._asdict() for stage in self.stages]
        told["multiply_adds"] = self.multiply_adds._asdict()
        told["memory"] = self.memory._asdict() | {"state": self.memory.state}
        return told


def bound_sheet(scene: Scene, bound: Bound) -> BoundSheet:
    """Codes a scene within a bound and counts.

    Raises:
        CubeError: no band of it varies, or it cannot be coded.
        BtcnetError: otherwise as of `Codec.compress`.
    """
    tally = Tally()
    data = bounded_codec().compress(scene, bound, tally=tally)
    file = read_compressed(data)
    facts = read_facts(file)
    if file.tiles is None:
        raise CubeError(
            "no band of the scene varies: there is nothing to code, and nothing to count"
        )
    computed, own = tally.per_sample(scene.values.size)
    lanes = LANES if file.header.entropy_model == EntropyModelId.BASED_LANES else 1
    # The first tile is as large as any.
    rows, cols = (span.stop for span in samples_of(file.tiles.grid, 0, facts.shape))
    stages = (
        BoundStage(str(stage), own.get(stage, 0.0), computed[stage])
        for stage in Stage
        if stage in computed
    )
    return BoundSheet(
        file_bytes=len(data),
        tiles=file.tiles.grid.count,
        lanes=lanes,
        rows=rows,
        cols=cols,
        stages=tuple(stages),
        multiply_adds=coding_multiply_adds(cols),
        memory=_memory(rows, cols, int(np.count_nonzero(facts.varying)), lanes),
    )


def _memory(rows: int, cols: int, bands: int, lanes: int) -> BoundMemory:
    state = State.nothing(rows, cols)
    learned = (state.line, state.sums, state.around, state.products, state.weights, *state.solving)
    return BoundMemory(
        state.planes.nbytes + state.signed.nbytes,
        lanes * state.odds.nbytes,
        lanes * sum(each.nbytes for each in learned),
        bands * rows * cols * np.dtype(np.int64).itemsize,
    )
