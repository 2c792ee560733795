"""Train the weights of the universal codec, and write the file that ships.

examples:
  main.py train-universal all --data DIR --out runs/universal
  main.py train-universal detail --out runs/universal --leave-out salinas_a

DIR holds the scenes, in any format the codec reads. `all` runs four stages, each from the files of the former:

  prepare  OUT/scenes/*.npz   components of all scenes but the five test scenes, in steps of four rates; CPU
  context  OUT/context.npz    integer weights and tables of the coder; CPU
  detail   OUT/detail.npz     the decoder's network; an accelerator, with jax, flax, optax and numpy only
  pack     OUT/universal.npz  both in the file that the codec loads; CPU

A stage whose file is there is not run again: remove it, or name the stage. What an interrupted `prepare` or
`context` has done is kept. With `--leave-out NAME,...` these scenes take no part and the figures are theirs.
Seeded: the same machine gives the same weights.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

STAGES = {
    "prepare": "scenes",
    "context": "context.npz",
    "detail": "detail.npz",
    "pack": "universal.npz",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("stage", choices=("all", *STAGES))
    parser.add_argument("--data", type=Path, help="folder of the scenes; prepare only")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--leave-out", default="", metavar="NAME,...", help="scenes to validate on")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument("--context-steps", type=int, default=7000, help="of the optimizer (7000)")
    parser.add_argument("--detail-steps", type=int, help="of the optimizer")
    parser.add_argument(
        "--network", choices=("block", "light", "full", "deep"), help="detail (light)"
    )
    parser.add_argument(
        "--minutes", type=float, help="of the detail network's training, if not by steps"
    )
    parser.add_argument(
        "--views", type=float, help="share of crops with the encoder's symbols (0.35)"
    )
    parser.add_argument("--textures", type=float, help="share of semi-synthetic crops (0.25)")
    for name in ("width", "blocks", "batch"):
        parser.add_argument(f"--{name}", type=int, help="of the network's training")


def run(arguments: argparse.Namespace) -> int:
    """Run one stage, or all that are still to be done."""
    from btcnet_jax.extras import require_extra

    # Before the hours of the first stage.
    if arguments.stage in ("all", "prepare"):
        require_extra("benchmark", "sklearn")
    if arguments.stage in ("all", "context", "detail"):
        require_extra("train", "optax")
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.stage != "all":
        _run(arguments.stage, arguments)
        return 0
    for stage, result in STAGES.items():
        # A folder of scenes may be half filled: `prepare` finds out itself.
        if (arguments.out / result).is_file():
            print(f"{stage}: {arguments.out / result} is there")
        else:
            _run(stage, arguments)
    return 0


def _run(stage: str, arguments: argparse.Namespace) -> None:
    # The stages before and after `detail` need more packages than the machine with the accelerator has.
    out: Path = arguments.out
    if stage == "prepare":
        from btcnet_jax.training.universal.prepare import prepare_scenes

        prepare_scenes(_scenes(arguments), out / "scenes")
        return
    if stage == "pack":
        from btcnet_jax.training.universal.pack import pack_weights

        pack_weights(out / "context.npz", out / "detail.npz", out / "universal.npz")
        return
    from btcnet_jax.training.universal.prepared import split_scenes

    train, left_out = split_scenes(out / "scenes", arguments.leave_out)
    if stage == "context":
        from btcnet_jax.training.universal.context_weights import train_context

        train_context(train, left_out, out, steps=arguments.context_steps, seed=arguments.seed)
    else:
        _train_detail(train, left_out, arguments)


def _train_detail(train: list[Path], left_out: list[Path], arguments: argparse.Namespace) -> bool:
    from btcnet_jax.training.universal.detail_weights import DetailSettings, train_detail

    names = ("network", "minutes", "width", "blocks", "batch", "views", "textures", "seed")
    told = {name: getattr(arguments, name) for name in names}
    told["steps"] = arguments.detail_steps
    settings = DetailSettings(**{name: value for name, value in told.items() if value is not None})
    return train_detail(train, left_out, arguments.out, settings)


def _scenes(arguments: argparse.Namespace) -> list[tuple[str, Callable[[], "np.ndarray"]]]:
    if arguments.data is None:
        raise ConfigError("name the folder of the scenes: --data DIR")
    from btcnet_benchmark.sweep.scenes import find_scenes, load_benchmark_scene
    from btcnet_jax.scene.filling import fill_missing

    def reader(path: Path) -> Callable[[], "np.ndarray"]:
        return lambda: fill_missing(load_benchmark_scene(path).scene)

    return [(path.stem, reader(path)) for path in find_scenes([arguments.data])]
