"""What a network's encoder takes on board, a sample: counted as the C program does it, nothing measured.

A multiply-add is one of integers; what else is done to a number (addition, comparison, shift, table lookup) is
one operation each. Traffic is every load and store of an array's element, as if there were no cache and no
register but for the sum that is under way; arithmetic on addresses is not counted.
"""

import dataclasses
from typing import Any

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import CONTEXTS
from btcnet_jax.cost import Stage, symbol_operations
from btcnet_jax.models.btcnet import encoder_macs_per_sample
from btcnet_jax.models.encoder import KERNEL_ROWS
from btcnet_jax.onboard.lines import Memory, memory
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder


@dataclasses.dataclass(frozen=True, kw_only=True)
class StageCost:
    """Of one stage, a sample of the scene.

    Attributes:
        stage: which.
        multiply_adds: of integers.
        others: operations besides.
        read, written: bytes; None where the C program does not do it.
    """

    stage: str
    multiply_adds: float
    others: float
    read: float | None
    written: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class CostSheet:
    """Of a model at a width.

    Attributes:
        samples: of a line.
        bands: of a line.
        stages: in their order.
        memory: in bytes.
    """

    samples: int
    bands: int
    stages: tuple[StageCost, ...]
    memory: Memory

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        told = dataclasses.asdict(self)
        told["memory"] = self.memory._asdict() | {"buffers": self.memory.buffers}
        return told


PUBLISHED: tuple[dict[str, Any], ...] = (
    {
        "codec": "CCSDS 123.0-B-1, lossless",
        "on": "FPGA Xilinx Virtex-5QV (XQR5VFX130), BIP",
        "megasamples_s": 150.0,
        "logic": "4 % of LUTs, < 1 % of memory",
        "source": "Barrios et al., SHyLoC 2.0, IEEE Access 8, 2020",
    },
    {
        "codec": "CCSDS 123.0-B-2, near-lossless",
        "on": "FPGA Xilinx XCKU040, BIL",
        "megasamples_s": 12.5,
        "logic": "7 % of LUTs, 14 % of memory",
        "source": "Barrios et al., Remote Sensing 13(21), 2021, 4388",
    },
)
"""What others have built, as they publish it: hardware, at rates of some bits a sample."""


def cost_sheet(config: ModelConfig, encoder: IntegerEncoder, samples: int) -> CostSheet:
    """The sheet of an encoder.

    Args:
        config: of the model.
        encoder: of the model.
        samples: of a line.
    """
    bands, channels = encoder.bands, encoder.channels
    a_place = encoder.scale**2 * bands  # samples to a place of the latent
    symbols = channels / a_place
    weight, activation = encoder.weights.itemsize, encoder.activation_dtype.itemsize
    products = encoder_macs_per_sample(config)
    totals = KERNEL_ROWS * encoder.scale * bands / a_place
    # A product's sum enters the row of the latent once a kernel row.
    entered = KERNEL_ROWS * (channels + 1) / a_place
    contexts = config.coding == CONTEXTS
    stages = (
        # Product and offset; shift and two comparisons. Gain and offset are loaded once a band and line.
        StageCost(
            stage=Stage.READING,
            multiply_adds=1.0,
            others=3.0,
            read=2 + 12 / samples,
            written=float(activation),
        ),
        StageCost(
            stage=Stage.TRANSFORM,
            multiply_adds=products,
            others=totals + entered,
            read=products * (weight + activation) + totals * activation + 4 * entered,
            written=4 * entered,
        ),
        # Three products; six additions, three shifts, seven comparisons. Constants are loaded each time.
        StageCost(
            stage=Stage.QUANTIZATION,
            multiply_adds=3 * symbols,
            others=16 * symbols,
            read=(8 + 4 + 4 + 1 + 8 + 8 + 8) * symbols,
            written=4 * symbols,
        ),
        StageCost(
            stage=Stage.CODING,
            multiply_adds=0.0,
            others=symbol_operations(contexts) * symbols,
            read=None,
            written=None,
        ),
    )
    return CostSheet(samples=samples, bands=bands, stages=stages, memory=memory(encoder, samples))
