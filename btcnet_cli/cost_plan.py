"""`cost` of a plan: what its encoder takes on board, and how fast it is on a scene's lines."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cost_words import print_published, print_stages, wanted_of, wanted_words
from btcnet_cli.json_option import write_json
from btcnet_cli.report import about
from btcnet_cli.streams import real_file, words_aside
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from btcnet_jax.onboard.plan_program import PlanForm


def cost_plan(arguments: argparse.Namespace) -> int:
    """Print the sheet, the memory and the speed, and what others have published.

    Raises:
        BtcnetError: the plan or the scene cannot be read, or the plan not be exported.
    """
    from btcnet_jax.codec.plan_file import read_plan
    from btcnet_jax.onboard.cost_sheet import PUBLISHED
    from btcnet_jax.onboard.plan_cost import plan_sheet
    from btcnet_jax.onboard.plan_export import make_plan_export

    if arguments.bands is not None:
        raise ConfigError("a plan is of one sensor: leave out --bands")
    plan = read_plan(arguments.model)
    form = make_plan_export(arguments.model.name, plan, arguments.samples)
    sheet = plan_sheet(form.sizes, sum(map(len, form.head)))
    lines = _lines(form, arguments)
    told: dict[str, Any] = sheet.to_json() | {"published": list(PUBLISHED), "samples_s": None}
    with words_aside(arguments.json):
        print_stages(sheet, arguments.model.name)
        taken = sheet.memory
        print(
            f"memory in bytes: weights and tables {taken.constants:,}, state {taken.state:,} (lines "
            f"{taken.lines:,}, symbols of {sheet.group} lines {taken.symbols:,}, contexts "
            f"{taken.contexts:,}, output {taken.output:,})"
        )
        told["samples_s"] = speed = _speed(form, lines)
        if arguments.lines_per_second is not None:
            told["wanted"] = wanted_of(sheet, arguments.lines_per_second)
            print(wanted_words(told["wanted"], speed))
        print_published()
        write_json(arguments.json, told)
    return 0


def _lines(form: "PlanForm", arguments: argparse.Namespace) -> "np.ndarray | None":
    """The first lines of --scene, (lines, samples, bands), refused before a word is told; None without it."""
    from data_pipeline.readers import open_scene

    if arguments.scene is None:
        if arguments.variable is not None or arguments.axes is not None:
            raise ConfigError(
                "--variable and --axes are of a scene: give --scene, or leave them out"
            )
        return None
    with real_file(arguments.scene) as real, about(arguments.scene):
        source = open_scene(real, arguments.variable, arguments.axes, tell_left_out=True)
        form.plan.require(source.shape[2], source.dtype, source)
        return source.read(slice(0, 512), slice(None))


def _speed(form: "PlanForm", values: "np.ndarray | None") -> float | None:
    """Samples a second on a scene's lines, told in one line; None where nothing is measured."""
    from btcnet_jax.onboard.c_speed import FLAGS, find_compiler, plan_samples_per_second

    compiler = find_compiler()
    if values is None:
        print("speed: not measured, for it depends on the lines: give --scene")
        return None
    if compiler is None:
        print("speed: not measured, for there is no C compiler (CC, cc, gcc or clang)")
        return None
    speed = plan_samples_per_second(compiler, form, values)
    lines = speed / (form.sizes.samples * form.sizes.bands)
    print(
        f"speed: {speed / 1e6:.2f} million samples a second, {lines:,.0f} lines, on one core "
        f"({Path(compiler).name} {FLAGS[-1]}; whole files, from raw lines to coded bytes)"
    )
    return speed
