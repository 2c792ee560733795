"""Train the weights of the universal codec, and write the file that ships.

examples:
  main.py train-universal all --data DIR --out runs/universal
  main.py train-universal all --data DIR --photographs PHOTOS/*.png --out runs/universal --minutes 20
  main.py train-universal detail --out runs/universal --network full       # of --decoder full; then pack
  main.py train-universal detail --out runs/universal --network restorer --leave-out salinas_a

DIR holds the scenes, in any format the codec reads. `all` runs seven stages, each from the files of the former:

  prepare   OUT/scenes/*.npz        components of all scenes but the five test scenes, in steps of rates; CPU
  context   OUT/context.npz         integer weights and tables of the coder; CPU
  dependent OUT/dependent.npz       the same for dependent quantization (--quantization of compress); CPU
  symbols   OUT/symbols/*.npz       what the encoder makes of the scenes, at other steps and places too; CPU
  textures  OUT/textures/*.npz      textures of photographs, .png or .jpg, and of other cubes; CPU
  detail    OUT/detail_NETWORK.npz  a network of the decoder; an accelerator, with jax, flax, optax, numpy only
  pack      OUT/universal.npz       contexts and network in the file that the codec loads, and
            OUT/contexts_*.npz      those of dependent quantization beside it; CPU; of --network full
            OUT/decoder_full.npz    the network alone

A stage whose file is there is not run again: remove it, or name the stage. What an interrupted stage has done
is kept; `detail` goes on where a signal stopped it. `all` makes no textures without --photographs. With
`--leave-out NAME,...` these scenes take no part and the figures are theirs. Random numbers are seeded: with
--detail-steps the same machine gives the same weights, by the clock nearly so.
"""

import argparse
from pathlib import Path

from btcnet_jax.errors import ConfigError
from btcnet_jax.weights.universal_arrays import FULL_NETWORK

STAGES = ("prepare", "context", "dependent", "symbols", "textures", "detail", "pack")
PACKABLE = ("light", "full", "block")
NETWORKS = (*PACKABLE, "restorer", "deep")
"""Of `RECIPES`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("stage", choices=("all", *STAGES))
    parser.add_argument("--data", type=Path, help="folder of the scenes; prepare only")
    parser.add_argument(
        "--photographs",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="photographs, folders of them, and cubes of few bands; textures only",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--leave-out", default="", metavar="NAME,...", help="scenes to validate on")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument("--context-steps", type=int, default=7000, help="of the optimizer (7000)")
    parser.add_argument("--detail-steps", type=int, help="of the optimizer")
    parser.add_argument(
        "--network", choices=NETWORKS, default="light", help="to train and to pack (light)"
    )
    parser.add_argument(
        "--minutes", type=float, help="of the detail network's training, if not by steps"
    )
    parser.add_argument(
        "--views", type=float, help="share of crops with the encoder's symbols (the network's own)"
    )
    parser.add_argument("--textures", type=float, help="share of semi-synthetic crops (likewise)")
    parser.add_argument(
        "--mixed", type=float, help="share of other crops mixed of two scenes (likewise)"
    )
    for name in ("width", "blocks", "batch"):
        parser.add_argument(f"--{name}", type=int, help="of the network's training")


def run(arguments: argparse.Namespace) -> int:
    """Run one stage, or all that are still to be done."""
    from btcnet_jax.extras import require_extra

    # Before the hours of the first stage.
    if arguments.stage in ("all", "prepare"):
        require_extra("benchmark", "sklearn")
    if arguments.stage in ("all", "pack"):
        _require_packable(arguments.network)
    if arguments.stage in ("all", "context", "dependent", "detail"):
        require_extra("train", "optax")
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.stage != "all":
        return 0 if _run(arguments.stage, arguments) else 1
    for stage in STAGES:
        result = arguments.out / _result(stage, arguments)
        if result.is_file():
            print(f"{stage}: {result} is there")
        elif stage == "textures" and arguments.photographs is None:
            print("textures: none made without --photographs DIR")
        elif not _run(stage, arguments):
            return 1
    return 0


def _require_packable(network: str) -> None:
    if network not in PACKABLE:
        raise ConfigError(
            f"--network {network}: the decoder does not run attention over a whole scene yet; "
            "name the stages before pack, or take --network light"
        )


def _result(stage: str, arguments: argparse.Namespace) -> str:
    """Name of what a stage writes; a folder may be half filled, and its stage finds out itself."""
    results = {
        "prepare": "scenes",
        "context": "context.npz",
        "dependent": "dependent.npz",
        "detail": f"detail_{arguments.network}.npz",
        "pack": FULL_NETWORK if arguments.network == "full" else "universal.npz",
    }
    return results.get(stage, stage)


def _run(stage: str, arguments: argparse.Namespace) -> bool:
    """Runs a stage; whether it came to its end."""
    # The stages before and after `detail` need more packages than the machine with the accelerator has.
    out: Path = arguments.out
    if stage == "prepare":
        from btcnet_cli.training_images import scenes_of
        from btcnet_jax.training.universal.prepare import prepare_scenes

        prepare_scenes(scenes_of(arguments.data), out / "scenes")
    elif stage == "textures":
        from btcnet_cli.training_images import images_of
        from btcnet_jax.training.universal.textures import prepare_textures

        prepare_textures(images_of(arguments.photographs), out / "textures")
    elif stage == "pack":
        from btcnet_jax.training.universal.pack import pack_dependent, pack_network, pack_weights

        detail = out / _result("detail", arguments)
        if arguments.network == "full":
            pack_network(detail, out / FULL_NETWORK)
            return True
        pack_dependent(out / "dependent.npz", out)
        pack_weights(out / "context.npz", detail, out / "universal.npz")
    else:
        return _train(stage, arguments)
    return True


def _train(stage: str, arguments: argparse.Namespace) -> bool:
    from btcnet_jax.training.universal.prepared import split_scenes

    out: Path = arguments.out
    train, left_out = split_scenes(out / "scenes", arguments.leave_out)
    if stage == "detail":
        return _train_detail(train, left_out, arguments)
    if stage in ("context", "dependent"):
        from btcnet_jax.training.universal.context_weights import train_context

        steps, dependent = arguments.context_steps, stage == "dependent"
        train_context(train, left_out, out, steps=steps, seed=arguments.seed, dependent=dependent)
        return True
    from btcnet_jax.training.universal.rounded import round_scenes

    round_scenes(train + left_out, out / "context.npz", out / "symbols", arguments.seed)
    return True


def _train_detail(train: list[Path], left_out: list[Path], arguments: argparse.Namespace) -> bool:
    from btcnet_jax.training.universal.detail_weights import DetailSettings, train_detail

    names = ("network", "minutes", "width", "blocks", "batch", "views", "textures", "mixed", "seed")
    told = {name: getattr(arguments, name) for name in names}
    told["steps"] = arguments.detail_steps
    settings = DetailSettings(**{name: value for name, value in told.items() if value is not None})
    return train_detail(train, left_out, arguments.out, settings)
