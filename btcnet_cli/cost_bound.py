"""`cost` of a bound of the error: what its encoder computes for a scene, holds of it, and how fast it is."""

import argparse
import time
from typing import TYPE_CHECKING, Any

from btcnet_cli.bound_options import bound_of
from btcnet_cli.json_option import write_json
from btcnet_cli.report import about
from btcnet_cli.streams import real_file, words_aside
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.codec.bound_sheet import BoundSheet

_ON_BOARD = ("samples", "bands", "lines_per_second")


def cost_bound(arguments: argparse.Namespace) -> int:
    """Print operations of each stage, multiply-adds of the prediction, memory and speed.

    Raises:
        BtcnetError: no scene is given, or an option of other encoders; or the scene cannot be coded.
    """
    _require_scene(arguments)
    bound = bound_of(arguments)
    from btcnet_jax.codec.bound_sheet import bound_sheet
    from data_pipeline.readers import open_scene

    with real_file(arguments.scene) as real:
        source = open_scene(real, arguments.variable, arguments.axes, tell_left_out=True)
        scene = source.read_all()
    with about(arguments.scene):
        # Once before, for the first time compiles.
        bound_sheet(scene, bound)
        start = time.process_time()
        sheet = bound_sheet(scene, bound)
        speed = scene.values.size / (time.process_time() - start)
    told: dict[str, Any] = sheet.to_json() | {"samples_s": speed}
    with words_aside(arguments.json):
        _print(sheet, scene.name, scene.values.size)
        print(f"speed: {speed / 1e6:.2f} million samples a second of one core (whole files)")
        write_json(arguments.json, told)
    return 0


def _require_scene(arguments: argparse.Namespace) -> None:
    if arguments.model is not None:
        raise ConfigError(
            "a bound of the error is kept without a model: leave it out, give --scene"
        )
    if arguments.scene is None:
        raise ConfigError("what a bound of the error takes depends on the scene: give --scene")
    for name in _ON_BOARD:
        if getattr(arguments, name) is not None:
            option = name.replace("_", "-")
            raise ConfigError(f"--{option} is of an encoder on board: leave it out beside a bound")


def _print(sheet: "BoundSheet", name: str, samples: int) -> None:
    from btcnet_jax.tables import Column, print_table

    rows: list[dict[str, Any]] = [stage._asdict() for stage in sheet.stages]
    names = ("operations", "computed")
    rows.append({"stage": "all of it"} | {key: sum(row[key] for row in rows) for key in names})
    columns = [
        Column(key="stage", name="operations a sample"),
        Column(key="operations", name="of the file", digits=1),
        Column(key="computed", name="computed in all", digits=1),
    ]
    bits = 8 * sheet.file_bytes / samples
    print_table(rows, columns, title=f"{name}, {sheet.file_bytes:,} bytes, {bits:.3f} bpppb")
    taken, memory = sheet.multiply_adds, sheet.memory
    print(
        f"multiply-adds of the prediction, a coded sample: {sum(taken):.1f} (sums of products "
        f"{taken.learn:.0f}, prediction {taken.predict:.0f}, weights {taken.solve:.1f})"
    )
    lanes = "one lane" if sheet.lanes == 1 else f"{sheet.lanes} lanes"
    print(
        f"memory in bytes, a tile of {sheet.rows} x {sheet.cols} samples in {lanes}: state {memory.state:,} "
        f"(last bands {memory.planes:,}, contexts {memory.contexts:,}, sums {memory.sums:,}), "
        f"codes of all its samples {memory.codes:,}"
    )
