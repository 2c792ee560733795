"""What the integers of a plan cost against floats with the same settings: symbols that differ, and decibels."""

import dataclasses
import io

import numpy as np
from jaxtyping import Int64, Integer

from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.codec.line_plan import LinePlan, own_codec
from btcnet_jax.codec.line_writer import LineWriter
from btcnet_jax.onboard.loss import IntegerLoss
from btcnet_jax.parts.block_transform import BLOCK, to_coefficients
from btcnet_jax.parts.integers.block_encoder import LARGEST_SYMBOL, BlockEncoder
from btcnet_jax.parts.quantization import dead_zone
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.scene.scene import Scene


class FloatBlocks(BlockEncoder):
    """The same front end in floats, in its place: with the plan's means, projection and step.

    Args:
        plan: in integers.
    """

    def __init__(self, plan: LinePlan) -> None:
        assert plan.integers is not None, "the plan is in integers"
        fields = dataclasses.fields(BlockEncoder)
        super().__init__(**{each.name: getattr(plan.integers, each.name) for each in fields})
        object.__setattr__(self, "_plan", plan)

    _plan: LinePlan

    def encode(
        self, values: Integer[np.ndarray, "rows cols bands"]
    ) -> tuple[Int64[np.ndarray, "components 16 block_rows block_cols"], int]:
        """Symbols by a dead zone, of coefficients in float32."""
        plan = self._plan
        samples = read_samples(values, plan.facts(*values.shape[:2]), mean=plan.mean)
        parts = [to_coefficients(part @ plan.projection) for part in samples.parts()]
        coefficients = np.concatenate(parts, axis=2).reshape(-1, BLOCK, *samples.grid)
        symbols = dead_zone(coefficients / np.float32(plan.step))
        return np.clip(symbols, -LARGEST_SYMBOL, LARGEST_SYMBOL), 0


def plan_loss(plan: LinePlan, scene: Scene) -> IntegerLoss:
    """Write a file in floats and one in integers; decode both, compare.

    Args:
        plan: in integers.
        scene: to measure on.

    Raises:
        CubeError: the scene is of another sensor, or holds samples that are no data.
    """
    floats, codec = (
        dataclasses.replace(plan, integers=FloatBlocks(plan)),
        own_codec(dependent=False),
    )
    both = [(each, _file(each, scene)) for each in (floats, plan)]
    found = [evaluate_file(codec, scene, data) for _, data in both]
    difference = np.abs(np.subtract(*(_symbols(each, scene) for each, _ in both)))
    low, high = plan.seen
    return IntegerLoss(
        symbols=difference.size,
        differing=int(np.count_nonzero(difference)),
        greatest=int(difference.max()),
        saturated=int(np.count_nonzero((scene.values < low) | (scene.values > high))),
        psnr_db=found[0].quality.psnr_db,
        integer_psnr_db=found[1].quality.psnr_db,
        bpppb=found[0].bpppb,
        integer_bpppb=found[1].bpppb,
    )


def _file(plan: LinePlan, scene: Scene) -> bytes:
    output = io.BytesIO()
    with LineWriter(plan, output) as writer:
        writer.write(scene.values)
    return output.getvalue()


def _symbols(plan: LinePlan, scene: Scene) -> Int64[np.ndarray, "components 16 rows cols"]:
    """Of whole groups, whatever their tiles: neither floats nor integers reach beyond a block."""
    assert plan.integers is not None, "the plan is in integers"
    groups = range(0, len(scene.values), plan.group)
    encoded = [plan.integers.encode(scene.values[at : at + plan.group])[0] for at in groups]
    return np.concatenate(encoded, axis=2)
