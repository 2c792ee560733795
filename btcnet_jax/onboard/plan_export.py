"""The export of a plan: its C program, with lines to check it with and the file that they make."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Integer

from btcnet_jax.codec.line_plan import LinePlan
from btcnet_jax.codec.line_writer import LineWriter
from btcnet_jax.errors import ConfigError
from btcnet_jax.onboard.export import (
    FILE,
    FORMS,
    VECTOR_LINES,
    line_files,
    require_form,
    require_lines,
    require_samples,
    write_folder,
)
from btcnet_jax.onboard.plan_program import PlanForm, plan_files, plan_form, require_exportable

DEFAULT_PLAN_LINES = 1 << 16


def require_plan_form(form: str, plan: LinePlan) -> None:
    """Refuse before any work what cannot be exported.

    Raises:
        ConfigError: another form than C, or which option of the plan is in the way.
    """
    if form in FORMS and form != "c":
        raise ConfigError(f"a plan is exported as a C program alone, not as {form}: --to c")
    require_form(form)
    require_exportable(plan)


def make_plan_export(
    name: str, plan: LinePlan, samples: int, lines: int = DEFAULT_PLAN_LINES
) -> PlanForm:
    """All that a program is made of.

    Args:
        name: of the plan, for the README.
        plan: in integers.
        samples: of a line, at most.
        lines: of a scene, at most.

    Raises:
        ConfigError: samples or lines that no scene can have, or which option of the plan is in the way.
    """
    require_samples(samples)
    require_lines(lines)
    return plan_form(name, plan, samples, lines)


def write_plan_export(
    form: PlanForm, values: Integer[np.ndarray, "rows cols bands"], folder: Path
) -> tuple[list[Path], int]:
    """Write a program and its test vectors to a folder, which is made where it is not there.

    Args:
        form: of the program.
        values: of a scene of the sensor, whose upper left part is compressed to check with.
        folder: to write to.

    Returns:
        The files, and how many lines there are to check with.

    Raises:
        CubeError: the scene is of another sensor.
        BtcnetError: the folder cannot be written.
    """
    lines = np.ascontiguousarray(
        values[: min(VECTOR_LINES, form.sizes.lines), : form.sizes.samples]
    )
    output = io.BytesIO()
    with LineWriter(form.plan, output) as writer:
        writer.write(lines)
    files = plan_files(form) | line_files(lines) | {FILE: output.getvalue()}
    return write_folder(folder, files), len(lines)
