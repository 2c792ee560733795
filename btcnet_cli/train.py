"""Train a model in its workdir; the same command again goes on from the newest checkpoint.

example:
  main.py train --config configs/tiny.py --config.data.folder=scenes --config.train.epochs=20

A configuration is a file whose get_config() returns btcnet_jax.config.Config; --config FILE:ARGUMENT
passes ARGUMENT to it, and --config.FIELD=VALUE sets a field. Ctrl-C saves and stops.
"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from btcnet_jax.config import Config
    from btcnet_jax.training.train_step import Batch
    from btcnet_jax.training.trainer import BatchStream
    from data_pipeline.patch_source import PatchSource

PICTURE = "training.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is left: --config and its fields are taken off the command line before."""
    parser.usage = "main.py train --config FILE [--config.FIELD=VALUE ...] [--profile]"
    parser.add_argument(
        "--profile", action="store_true", help="write a trace of a few steps into WORKDIR/profile"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train to the end or to a signal, and draw the loss curve."""
    from btcnet_jax.extras import require_extra

    require_extra("train", "absl", "ml_collections")

    from btcnet_cli.config_flag import load_config

    config = load_config(arguments.config_options)
    # The rest takes seconds to import: not before the configuration is known to be good.
    require_extra("train")

    from btcnet_jax.models.btcnet import encoder_cost
    from btcnet_jax.training import distributed
    from btcnet_jax.training.display import Display
    from btcnet_jax.training.mesh import make_mesh
    from btcnet_jax.training.trainer import Trainer

    distributed.join(config.hardware)
    # What the devices cannot do is told before scenes are loaded.
    make_mesh(config)
    with distributed.all_or_none():
        stream, validation = _batches(config)
    with Display(silent=not distributed.is_first()) as display:
        display.say(f"encoder: {encoder_cost(config.model)}")
        signal = Trainer(config, stream, validation, display, profile=arguments.profile).run()
    if distributed.is_first():
        _draw_history(config)
    return 128 + signal if signal else 0


def _batches(config: "Config") -> tuple["BatchStream", list["Batch"]]:
    """Training stream, this process's part of it, and validation batches; from TFRecords or scenes."""
    import jax

    part = (jax.process_index(), jax.process_count())
    return _from_folder(config, part) if config.data.folder else _from_records(config, part)


def _from_records(config: "Config", part: tuple[int, int]) -> tuple["BatchStream", list["Batch"]]:
    """From TFRecords, or from the patches that these would hold."""
    from data_pipeline.patch_source import first_patches
    from data_pipeline.record_stream import RecordStream

    data = config.data
    size = (data.patch_rows, data.patch_cols)
    train, test = (_patch_source(config, split) for split in ("train", "test"))
    stream = RecordStream(train, *size, data.images_per_batch, config.train.seed, part=part)
    return stream, first_patches(test, *size, data.validation_images)


def _patch_source(config: "Config", split: str) -> "PatchSource":
    from data_pipeline.builders.settings import ConversionSettings
    from data_pipeline.raw_patches import open_raw
    from data_pipeline.records import open_records

    data, bands = config.data, config.model.bands
    if data.records:
        return open_records(data.records, data.dataset, split, bands=bands)
    rows, cols = data.record_size()
    settings = ConversionSettings(
        patch_rows=rows,
        patch_cols=cols,
        stride=data.record_stride or min(rows, cols),
        test_fraction=data.test_fraction,
        variable=data.variable or None,
        axes=data.axes or None,
    )
    return open_raw(data.raw, data.dataset, split, settings, bands=bands)


def _from_folder(config: "Config", part: tuple[int, int]) -> tuple["BatchStream", list["Batch"]]:
    from data_pipeline.folders import load_training_scenes
    from data_pipeline.patches import PatchStream, center_patches

    data = config.data
    size = (data.patch_rows, data.patch_cols)
    train, test = (
        load_training_scenes(
            data.folder,
            split,
            bands=config.model.bands,
            min_rows=data.patch_rows,
            min_cols=data.patch_cols,
            variable=data.variable or None,
            axes=data.axes or None,
        )
        for split in ("train", "test")
    )
    stream = PatchStream(train, *size, data.images_per_batch, config.train.seed, part=part)
    return stream, center_patches(test[: data.validation_images], *size)


def _draw_history(config: "Config") -> None:
    """Draw the loss curve, once there is one."""
    from pathlib import Path

    from btcnet_jax.pictures.history import training_figure
    from btcnet_jax.pictures.save import save_figure
    from btcnet_jax.training.logbook import FILE, read_records

    records = read_records(Path(config.workdir) / FILE)
    if any("loss" in record for record in records):
        path = Path(config.workdir) / PICTURE
        save_figure(training_figure(records), path)
        print(f"loss curve: {path}")
