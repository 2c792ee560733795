"""What `cost` prints of any encoder: a table of stages, what is wanted a second, and what others publish."""

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from btcnet_jax.onboard.cost_sheet import CostSheet
    from btcnet_jax.onboard.plan_cost import PlanSheet


def print_stages(sheet: "CostSheet | PlanSheet", name: str) -> None:
    """A table, a row a stage."""
    from btcnet_jax.tables import Column, print_table

    rows = [dataclasses.asdict(stage) for stage in sheet.stages]
    names = ("multiply_adds", "others", "read", "written")
    rows.append({"stage": "all of it"} | {key: sum(r[key] or 0 for r in rows) for key in names})
    columns = [
        Column(key="stage", name="a sample"),
        Column(key="multiply_adds", name="multiply-adds", digits=2),
        Column(key="others", name="other operations", digits=2),
        Column(key="read", name="read", unit="bytes", digits=2),
        Column(key="written", name="written", unit="bytes", digits=2),
    ]
    title = f"{name}, lines of {sheet.samples} samples x {sheet.bands} bands"
    print_table(rows, columns, title=title)


def wanted_of(sheet: "CostSheet | PlanSheet", lines: float) -> dict[str, float]:
    """What so many lines a second take, a second."""
    samples = lines * sheet.samples * sheet.bands
    return {
        "samples_s": samples,
        "multiply_adds_s": samples * sum(stage.multiply_adds for stage in sheet.stages),
        "others_s": samples * sum(stage.others for stage in sheet.stages),
        "bytes_s": samples * sum((s.read or 0) + (s.written or 0) for s in sheet.stages),
    }


def wanted_words(wanted: dict[str, float], speed: float | None) -> str:
    """The same in one line."""
    text = (
        f"wanted: {wanted['samples_s'] / 1e6:.2f} million samples a second, "
        f"{wanted['multiply_adds_s'] / 1e9:.3f} billion multiply-adds, "
        f"{wanted['others_s'] / 1e9:.3f} billion others, {wanted['bytes_s'] / 1e9:.3f} GB of traffic"
    )
    return text if speed is None else f"{text}; {wanted['samples_s'] / speed:.2g} such cores"


def print_published() -> None:
    """What others have built."""
    from btcnet_jax.onboard.cost_sheet import PUBLISHED
    from btcnet_jax.tables import Column, print_table

    columns = [
        Column(key="codec", name="as published"),
        Column(key="on", name="on"),
        Column(key="megasamples_s", name="speed", unit="million samples/s", digits=1),
        Column(key="logic", name="takes"),
        Column(key="source", name="source"),
    ]
    print_table(PUBLISHED, columns)
