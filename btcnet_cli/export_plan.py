"""`export` of a plan: the C program that compresses lines by it, and what its integers cost."""

import argparse
from pathlib import Path
from typing import Any

from btcnet_cli.export_words import in_words
from btcnet_cli.json_option import write_json
from btcnet_cli.missing_options import read_as_asked
from btcnet_cli.report import about
from btcnet_cli.streams import words_aside
from btcnet_jax.errors import ConfigError


def export_plan(arguments: argparse.Namespace) -> int:
    """Write the program, tell its memory, and what integers cost.

    Raises:
        BtcnetError: the plan or a scene cannot be read, or not be exported.
    """
    from btcnet_jax.codec.plan_file import read_plan
    from btcnet_jax.onboard.plan_export import (
        DEFAULT_PLAN_LINES,
        make_plan_export,
        require_plan_form,
        write_plan_export,
    )

    if arguments.level is not None:
        raise ConfigError(
            "--level is of a model of several rates, and a plan has one: leave it out"
        )
    if arguments.scales != "free":
        raise ConfigError(
            f"--scales {arguments.scales} is of a network's convolution: leave it out for a plan"
        )
    if len(arguments.scene) > 1:
        raise ConfigError(
            "a plan is calibrated when it is made, so that one --scene is enough, for test vectors"
        )
    plan, path = read_plan(arguments.model), arguments.scene[0]
    require_plan_form(arguments.to, plan)
    scene = read_as_asked(path, arguments)
    with about(path):
        plan.require(scene.values.shape[2], scene.values.dtype, scene)
    samples = scene.values.shape[1] if arguments.samples is None else arguments.samples
    lines = DEFAULT_PLAN_LINES if arguments.lines is None else arguments.lines
    form = make_plan_export(arguments.model.name, plan, samples, lines)
    with about(path), words_aside(arguments.json):
        files, checked = write_plan_export(form, scene.values, arguments.out)
        taken = form.memory
        print(f"{arguments.out}: {len(files)} files, {checked} lines to check with")
        print(
            f"memory at {samples} samples: weights and tables {taken.constants:,} bytes, state {taken.state:,} "
            f"(symbols of {plan.group} lines {taken.symbols:,}, contexts {taken.contexts:,})"
        )
        told: dict[str, Any] = {"form": arguments.to, "samples": samples, **taken._asdict()}
        told["state"] = taken.state
        if not arguments.no_check:
            told |= _check(plan, scene, path, arguments)
        write_json(arguments.json, told)
    return 0


def _check(plan: Any, scene: Any, path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """What integers cost on the scene, and on the one that was named besides."""
    from btcnet_jax.onboard.plan_loss import plan_loss

    loss = plan_loss(plan, scene)
    print(f"{in_words(loss)}; {loss.integer_bpppb:.4f} bpppb")
    told = loss.to_json()
    if arguments.check_scene is not None:
        other = read_as_asked(arguments.check_scene, arguments)
        with about(arguments.check_scene):
            plan.require(other.values.shape[2], other.values.dtype, other)
            unseen = plan_loss(plan, other)
        share = 100 * unseen.saturated / other.values.size
        print(
            f"{arguments.check_scene}: {share:.3g} % of samples are beyond what the plan saw, coded like all "
            f"others; {in_words(unseen)}; {unseen.integer_bpppb:.4f} bpppb"
        )
        told["check_scene"] = unseen.to_json()
    return told
