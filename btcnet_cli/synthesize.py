"""Write a folder of synthetic scenes to train and test on: DIR/train and DIR/test.

examples:
  main.py synthesize scenes --train 24 --test 4 --rows 256 --cols 256 --bands 172
  main.py synthesize scenes --like real/ --textures photographs/ --train 1500 --test 16 --rows 80 --cols 80

Seeded, and safe to repeat: complete scenes are kept, and a larger number adds scenes. With --like
the scenes are recombined from real ones: spectra of one over the component planes of another.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_pipeline.synthetic import Sources

_ONLY_FROM_NOTHING = {"bit_depth": 16, "dead_bands": 0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, help="where to write; made if missing")
    parser.add_argument(
        "--like", type=Path, help="folder of real scenes, or with train/ and test/, to recombine"
    )
    parser.add_argument(
        "--textures", type=Path, help="with --like: folder of photographs or scenes of few bands"
    )
    parser.add_argument("--train", type=int, default=24, help="training scenes (24)")
    parser.add_argument("--test", type=int, default=4, help="test scenes (4)")
    parser.add_argument("--rows", type=int, default=256, help="rows of a scene (256)")
    parser.add_argument("--cols", type=int, default=256, help="columns of a scene (256)")
    parser.add_argument("--bands", type=int, default=172, help="bands, 400 to 2500 nm (172)")
    parser.add_argument("--bit-depth", type=int, default=16, help="8 to 16, or 32: float32 (16)")
    parser.add_argument("--dead-bands", type=int, default=0, help="bands that are constant (0)")
    parser.add_argument(
        "--noise", type=float, default=1.0, help="times an AVIRIS-like sensor's, or the donors' (1)"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes that make scenes side by side (1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")


def run(arguments: argparse.Namespace) -> int:
    """Write the scenes that are not there yet."""
    from btcnet_cli.progress import progress_bar
    from btcnet_jax.errors import ConfigError
    from data_pipeline.synthetic import (
        RecombinedSettings,
        SyntheticSettings,
        write_dataset,
        write_recombined,
    )

    if arguments.jobs < 1:
        raise ConfigError(f"--jobs is {arguments.jobs}: give at least 1")
    common = {name: getattr(arguments, name) for name in ("rows", "cols", "bands", "seed", "noise")}
    place = arguments.folder, arguments.train, arguments.test
    if arguments.like is None:
        _refuse_textures(arguments)
        own = {name: getattr(arguments, name) for name in _ONLY_FROM_NOTHING}
        settings = SyntheticSettings(**common, **own)
        with progress_bar("writing scenes") as progress:
            paths = write_dataset(*place, settings, progress, arguments.jobs)
    else:
        sources = _sources(arguments)
        with progress_bar("writing scenes") as progress:
            paths = write_recombined(
                *place, RecombinedSettings(**common), sources, progress, arguments.jobs
            )
    shape = f"{arguments.rows} x {arguments.cols} x {arguments.bands}"
    print(f"{arguments.folder}: {len(paths)} scenes of {shape}")
    return 0


def _sources(arguments: argparse.Namespace) -> tuple["Sources", "Sources"]:
    """What training and test scenes are made of: a folder's train/ and test/, or the same for both."""
    from btcnet_jax.errors import DataError
    from data_pipeline.synthetic import load_sources

    for name, value in _ONLY_FROM_NOTHING.items():
        if getattr(arguments, name) != value:
            option = f"--{name.replace('_', '-')}"
            raise DataError(
                f"{option}: recombined scenes are uint16 without dead bands; leave it out"
            )

    def load(folder: Path) -> Any:
        return load_sources(folder, arguments.bands, arguments.textures)

    inside = [arguments.like / split for split in ("train", "test")]
    if not any(folder.is_dir() for folder in inside):
        return (load(arguments.like),) * 2
    train = load(inside[0])
    return train, load(inside[1]) if arguments.test else train


def _refuse_textures(arguments: argparse.Namespace) -> None:
    from btcnet_jax.errors import DataError

    if arguments.textures is not None:
        raise DataError(
            "--textures: only scenes recombined from real ones take them; add --like DIR"
        )
