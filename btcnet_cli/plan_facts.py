"""What a plan holds, in words."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from btcnet_jax.codec.plan_file import Plan

_MAGIC, _SUFFIX = b"BTCP", ".btcplan"


def is_plan(path: Path) -> bool:
    """Whether a file is a plan, by how it begins or, of what is none, by its name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC or path.suffix == _SUFFIX


def plan_facts(plan: "Plan") -> dict[str, str]:
    """A name and a value a line."""
    from btcnet_cli.cube_facts import info_facts
    from btcnet_jax.container.header import EntropyModelId, Objective
    from btcnet_jax.scene.value_range import value_span

    names = {int(each): each.name.lower() for each in Objective}
    constant = np.flatnonzero(~plan.varying)
    low, high = plan.value_range
    step = plan.step * value_span(plan.value_range)
    facts = {
        "planned on": f"{' x '.join(map(str, plan.planned_on))} (rows x columns x bands), {plan.dtype.name}",
        "rate": f"{plan.rate:g} bpppb",
        "values": f"{low} to {high} are coded; {plan.seen.minimum} to {plan.seen.maximum} were seen",
        "components": f"{plan.components}, of {int(plan.varying.sum())} bands that vary",
        "step": f"{step:.6g} in the samples' unit, of a band of weight 1",
        "largest coefficient": f"{plan.largest.max():.0f} steps",
        "group": f"{plan.group} lines",
        "optimized for": names.get(plan.objective, f"{plan.objective}, unknown here"),
        "quantization": "dependent" if plan.dependent else "scalar",
        "computed": "in floats" if plan.integers is None else "in integers",
        "entropy model": f"{EntropyModelId(plan.entropy_model).name.lower().replace('_', ' ')}, "
        f"contexts {plan.fingerprint.hex()}",
        "basis": f"{len(plan.basis)} bytes of each file",
    }
    if len(constant):
        facts["constant bands"] = f"{len(constant)}, which are not coded"
    return facts | {name: str(value) for name, value in info_facts(plan.info).items()}


def plan_numbers(plan: "Plan") -> dict[str, Any]:
    """The same as numbers, for programs."""
    return {
        "planned_on": plan.planned_on,
        "dtype": plan.dtype.str,
        "bpppb": plan.rate,
        "range": list(plan.value_range),
        "seen": list(plan.seen),
        "group": plan.group,
        "components": plan.components,
        "step": plan.step,
        "mean": plan.mean.tolist(),
        "weights": plan.weights.tolist(),
        "varying": plan.varying.tolist(),
        "largest": plan.largest.tolist(),
        "fingerprint": plan.fingerprint.hex(),
        "integers": plan.integers is not None,
    }
