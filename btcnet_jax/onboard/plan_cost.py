"""What the encoder of a plan takes on board, a sample: counted as the C program does it (see `cost_sheet`).

Of what contexts take a part depends on the symbols: products of patterns are added up only where earlier
components left any, and entered only for symbols that are not zero. Here every place does both: the most.
"""

import dataclasses
from typing import Any

from btcnet_jax.cost import CODE, Stage
from btcnet_jax.onboard.cost_sheet import StageCost
from btcnet_jax.onboard.plan_memory import PlanMemory, PlanSizes, plan_memory
from btcnet_jax.parts.integers.block_encoder import GROUP

CONTEXTS = "contexts"
"""The stage between quantization and coding."""
# Of the contexts of a symbol, means over the 16 positions. Multiply-adds: expectation, squares, logarithms
# times weights, table; and patterns, twice.
_PRODUCTS = 12.5
_CONTEXT_MULTIPLY_ADDS = 6 + 2 + 12 + 2 + 2 * _PRODUCTS
# Magnitudes around (20), below (4) and in three components (31), clipped neighbors and their sums (10), eleven
# logarithms of a look-up and a comparison, division (2), class, center, rest, table (14), the block's sums (6).
_CONTEXT_OTHERS = 20 + 4 + 31 + 10 + 22 + 2 + 14 + 6
# Loads of magnitudes and neighbors, of what was found of them, and of patterns and their products, twice.
_CONTEXT_READ = 4 * (10 + 2 + 15 + 4 + 6 + 12) + 2 * 2 * _PRODUCTS + 2 * 4 * _PRODUCTS
_CONTEXT_WRITTEN = 4 * (2 + 2 + 3 + 3 + 3) + 4 * _PRODUCTS + 2 + 4
# A symbol of a wave: listed, sorted, and its table's two edges.
_CODE_READ, _CODE_WRITTEN = 2 + 4 + 2 + 2 + 4 + 2 + 4 + 8, 2 + 4 + 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlanSheet:
    """Of a plan's encoder at a width.

    Attributes:
        samples, bands: of a line.
        components: that are coded.
        group: lines that are coded together.
        stages: in their order.
        memory: in bytes.
    """

    samples: int
    bands: int
    components: int
    group: int
    stages: tuple[StageCost, ...]
    memory: PlanMemory

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        told = dataclasses.asdict(self)
        told["memory"] = self.memory._asdict() | {"state": self.memory.state}
        return told


def plan_sheet(sizes: PlanSizes, head: int) -> PlanSheet:
    """The sheet of a program.

    Args:
        sizes: of what it holds.
        head: bytes that all files have before their tiles.
    """
    filled = sizes.padded_bands / sizes.bands
    products = sizes.components * filled
    symbols = sizes.components / sizes.bands
    stages = (
        _stage(Stage.READING, 0, 1, 2, 2),
        # Eight products, a shift, and one addition to what stands there.
        _stage(
            Stage.PROJECTION,
            products,
            2 * products / GROUP,
            products * (2 + 4 / GROUP),
            products * 4 / GROUP,
        ),
        # Of four numbers, twice: four products, six sums and differences, six roundings, two shifts more.
        _stage(Stage.TRANSFORM, 2 * symbols, 7 * symbols, 8 * symbols, 8 * symbols),
        _stage(Stage.QUANTIZATION, symbols, 4 * symbols, 4 * symbols, 2 * symbols),
        _stage(
            CONTEXTS,
            _CONTEXT_MULTIPLY_ADDS * symbols,
            _CONTEXT_OTHERS * symbols,
            _CONTEXT_READ * symbols,
            _CONTEXT_WRITTEN * symbols,
        ),
        _stage(Stage.CODING, 0, CODE * symbols, _CODE_READ * symbols, _CODE_WRITTEN * symbols),
    )
    return PlanSheet(
        samples=sizes.samples,
        bands=sizes.bands,
        components=sizes.components,
        group=sizes.group,
        stages=stages,
        memory=plan_memory(sizes, head),
    )


def _stage(
    stage: str,
    multiply_adds: int | float,
    others: int | float,
    read: int | float,
    written: int | float,
) -> StageCost:
    return StageCost(
        stage=stage,
        multiply_adds=float(multiply_adds),
        others=float(others),
        read=float(read),
        written=float(written),
    )
