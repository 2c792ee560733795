"""The part of `evaluate` that measures a trained model on a whole split of TFRecords."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.hardware_options import add_hardware_options, mesh_asked_for
from btcnet_cli.json_option import require_json_place, write_json
from btcnet_cli.missing_options import KEEP
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    import jax

    from btcnet_jax.models.saved_model import SavedModel
    from btcnet_jax.training.patch_evaluation import Measured, Patches
    from btcnet_jax.training.patch_figures import Code
    from data_pipeline.records import RecordFolder

# Options that only scenes have, and only records, with what they are where they are not given.
_OF_SCENES: dict[str, Any] = {
    **dict.fromkeys(
        (
            *(
                "picture",
                "variable",
                "axes",
                "bpppb",
                "optimize",
                "effort",
                "quantization",
                "nodata",
                "mask",
            ),
            *("max_error", "relative_error"),
        )
    ),
    **{"bad_bands": KEEP, "max_bytes": 0},
}
_OF_RECORDS: dict[str, Any] = {
    **{"dataset": None, "split": "test", "no_coding": False, "platform": "", "devices": 0},
    **{"coordinator": "", "processes": 1, "process": 0},
}
_OWN_SIDE = 256


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """Declare --records and the options that go with it."""
    group = parser.add_argument_group("a whole data set, on all devices")
    group.add_argument("--records", type=Path, metavar="DIR", help="folder that convert wrote")
    group.add_argument("--dataset", help="its name there, where it holds several")
    group.add_argument("--split", choices=("train", "test"), default="test", help="(test)")
    group.add_argument("--no-coding", action="store_true", help="no files: figures without rate")
    add_hardware_options(group)


def run_records(arguments: argparse.Namespace) -> int:
    """Measure, print the means, and write each patch's figures where --json asks for them."""
    from btcnet_jax.metrics import mean_figures
    from btcnet_jax.models.fingerprint import model_fingerprint
    from btcnet_jax.zoo import load_model

    _require_fitting(arguments)
    mesh = mesh_asked_for(arguments)

    from btcnet_jax.training import distributed

    with distributed.all_or_none():
        if distributed.is_first():
            require_json_place(arguments.json)
        saved = load_model(arguments.model)
        dataset = arguments.dataset or _only_dataset(arguments.records)
        source = _open(arguments, dataset, saved)
        code = None if arguments.no_coding else _code(saved, arguments.level)
        patches = _share(source)
    measured = _measure(arguments, saved, patches, mesh, code)
    if distributed.is_first():
        means = {"scene": f"{dataset} {arguments.split}", "protocol": "published"}
        means |= mean_figures(measured.rows)
        _tell(arguments, measured, means, source, mesh.devices.ravel().tolist())
        _write(arguments, measured, means, model_fingerprint(*saved).hex())
    return 0


def _require_fitting(arguments: argparse.Namespace) -> None:
    from btcnet_jax.zoo import is_universal

    if is_universal(arguments.model):
        raise ConfigError(
            "--records measures a trained model: name it with --model; the universal codec finds its "
            "transform scene by scene: main.py evaluate SCENE"
        )
    if arguments.scenes:
        raise ConfigError(f"--records measures a data set: leave out {arguments.scenes[0]}")
    hint = "; choose a rate with --level" if arguments.bpppb is not None else ""
    for option in _given(arguments, _OF_SCENES):
        raise ConfigError(f"{option} is of scenes, --records takes none{hint}")


def refuse_record_options(arguments: argparse.Namespace) -> None:
    """Raise `ConfigError` where scenes are measured, but an option is given that goes with --records."""
    for option in _given(arguments, _OF_RECORDS):
        raise ConfigError(f"{option} goes with --records, which is not given")


def _given(arguments: argparse.Namespace, defaults: dict[str, Any]) -> list[str]:
    given = [name for name, default in defaults.items() if getattr(arguments, name) != default]
    return [f"--{name.replace('_', '-')}" for name in given]


def _only_dataset(records: Path) -> str:
    from data_pipeline.records import find_dataset

    return find_dataset(records)


def _open(arguments: argparse.Namespace, dataset: str, saved: "SavedModel") -> "RecordFolder":
    from btcnet_jax.errors import DataError
    from data_pipeline.records import open_records

    source = open_records(arguments.records, dataset, arguments.split)
    if source.patch_shape[2] != saved.config.bands:
        raise DataError(
            f"{arguments.records}: patches of {source.patch_shape[2]} bands, but the model was trained "
            f"for {saved.config.bands}: use a model trained for this band count"
        )
    return source


def _share(source: "RecordFolder") -> "Patches":
    import jax

    from btcnet_jax.training.patch_evaluation import Patches
    from data_pipeline.split_patches import SplitPatches

    each = SplitPatches(source, (jax.process_index(), jax.process_count()))
    return Patches(each, source.patch_shape, source.dtype, len(each))


def _code(saved: "SavedModel", level: int | None) -> "Code":
    from btcnet_jax.codec import Level, network_codec
    from btcnet_jax.codec.encoders import Analyzed

    codec = network_codec(*saved)
    target = codec.default if level is None else Level(level)
    codec.require(target)
    return lambda patch, done: len(
        codec.compress(patch, target, analyzed=Analyzed(done.latent, done.scales))
    )


def _measure(
    arguments: argparse.Namespace,
    saved: "SavedModel",
    patches: "Patches",
    mesh: Any,
    code: "Code | None",
) -> "Measured":
    from btcnet_cli.progress import progress_bar
    from btcnet_jax.training.patch_evaluation import evaluate_patches

    with progress_bar("evaluating") as progress:
        return evaluate_patches(
            saved.config,
            saved.params,
            patches,
            mesh,
            level=arguments.level,
            code=code,
            progress=progress,
        )


def _tell(
    arguments: argparse.Namespace,
    measured: "Measured",
    means: dict[str, Any],
    source: "RecordFolder",
    devices: "list[jax.Device]",
) -> None:
    from btcnet_cli.figures_table import print_figures

    count = len(measured.rows) + len(measured.constant)
    print_figures([means])
    each = 1000 * measured.seconds / max(count, 1)
    how = "without coding" if arguments.no_coding else "coding included"
    on = f"{len(devices)} {devices[0].platform} device{'' if len(devices) == 1 else 's'}"
    print(f"{count} patches on {on} in {measured.seconds:.2f} s: {each:.1f} ms a patch, {how}")
    rows, cols, _ = source.patch_shape
    if (rows, cols) != (_OWN_SIDE, _OWN_SIDE):
        side = f"{_OWN_SIDE} x {_OWN_SIDE}"
        print(f"patches of {rows} x {cols}: the published protocol has {side}")
    if measured.constant:
        print(f"{len(measured.constant)} patches not measured: one value throughout")


def _write(
    arguments: argparse.Namespace, measured: "Measured", means: dict[str, Any], fingerprint: str
) -> None:
    rows = {"patches_constant": measured.constant, "patches": measured.rows}
    told: dict[str, Any] = {"model": str(arguments.model), "fingerprint": fingerprint}
    told["results"] = [means | rows]
    write_json(arguments.json, told)
