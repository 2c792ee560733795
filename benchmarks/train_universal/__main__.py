"""Trains the weights of the universal codec, and writes the file that ships.

  python -m benchmarks.train_universal all --data DIR --out runs/universal

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
from collections.abc import Sequence
from pathlib import Path

from benchmarks.train_universal.detail_weights import DetailSettings, train_detail
from benchmarks.train_universal.prepared import split_scenes

STAGES = {
    "prepare": "scenes",
    "context": "context.npz",
    "detail": "detail.npz",
    "pack": "universal.npz",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """One stage, or all that are still to be done."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.stage != "all":
        _run(options.stage, options)
        return
    for stage, result in STAGES.items():
        # A folder of scenes may be half filled: `prepare` finds out itself.
        if (options.out / result).is_file():
            print(f"{stage}: {options.out / result} is there")
        else:
            _run(stage, options)


def _run(stage: str, options: argparse.Namespace) -> None:
    # The stages before and after `detail` need more packages than the machine with the accelerator has.
    out: Path = options.out
    if stage == "prepare":
        from benchmarks.train_universal.scenes import prepare_scenes

        prepare_scenes(_data(options), out / "scenes")
    elif stage == "context":
        from benchmarks.train_universal.context_weights import train_context

        train_context(*_split(options), out, steps=options.context_steps, seed=options.seed)
    elif stage == "detail":
        settings = DetailSettings(
            steps=options.detail_steps, width=options.width, blocks=options.blocks, batch=options.batch,
            seed=options.seed,
        )  # fmt: skip
        train_detail(*_split(options), out / "detail.npz", settings)
    else:
        from benchmarks.train_universal.pack import pack_weights

        pack_weights(out / "context.npz", out / "detail.npz", out / "universal.npz")


def _split(options: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    return split_scenes(options.out / "scenes", options.leave_out)


def _data(options: argparse.Namespace) -> Path:
    if options.data is None:
        raise SystemExit("--data DIR is needed: the folder of the scenes")
    return Path(options.data)


def _parser() -> argparse.ArgumentParser:
    defaults = DetailSettings()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train_universal",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", choices=("all", *STAGES))
    parser.add_argument("--data", type=Path, help="folder of the scenes; prepare only")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--leave-out", default="", metavar="NAME,...", help="scenes to validate on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--context-steps", type=int, default=7000)
    parser.add_argument("--detail-steps", type=int, default=defaults.steps)
    for name in ("width", "blocks", "batch"):
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults, name), help="detail")
    return parser


if __name__ == "__main__":
    main()
