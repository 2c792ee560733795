"""Trains the published networks as peers: BTC-Net V2 with 8 and 6 bits, BTC-Net V1 with 8.

  python benchmarks/train_peers.py prepare --data DIR --out runs/peers    # scenes of one band count
  python benchmarks/train_peers.py train --out runs/peers --model v2-8    # an accelerator: minutes
  python benchmarks/train_peers.py import --out runs/peers                # weights to models

`prepare` takes the scenes of DIR but the test scenes named below, leaves out their bands that carry
nothing, stretches their spectra to 224 bands (`btcnet_benchmark.codecs.band_stretch`) and keeps two of
them for validation. `train` runs the published recipe (L1, Adam, 720 strips a batch) with what minutes
in place of weeks allow: strips of 80 x 4, 1250 steps at 5e-4 times 0.999 a step, since V2 gains nothing from
more on the validation scenes. Its weights, rounded to float16, are OUT/MODEL.npz, in pieces that travel;
`import` makes runs of them that `main.py benchmark --codecs btcnet:OUT/MODEL` takes. The network sees no
test scene.
"""

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from btcnet_jax.config import Config, DataConfig, ModelConfig, TrainConfig

TEST = ("abu-beach-2", "abu-urban-1", "jasper_ridge", "hyperion_paris", "lhdata")
VALIDATION = ("abu-urban-4", "gatorsense_vi")
TOO_SMALL = ("salton_sea", "hyperion_paris")  # below 80 x 80 pixels
SUFFIXES = (".mat", ".npz", ".hdr")
BANDS, SIDE, STEPS, PIECE_BYTES = 224, 80, 1250, 15 * 2**20
MODELS = {
    "v2-8": ModelConfig(bands=BANDS),
    "v2-6": ModelConfig(bands=BANDS, bits=6),
    "v1-8": ModelConfig(bands=BANDS, architecture="v1"),
}


def main() -> None:
    """One of the three steps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("step", choices=("prepare", "train", "import"))
    parser.add_argument("--data", type=Path, help="prepare: folder of the scenes")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", choices=MODELS, help="train: which")
    options = parser.parse_args()
    if options.step == "prepare":
        prepare(options.data, options.out)
    elif options.step == "train":
        train(options.model, options.out)
    else:
        import_weights(options.out)


def prepare(data: Path, out: Path) -> None:
    """Writes the stretched scenes as .npz, 16 bits over each scene's range."""
    from btcnet_benchmark.codecs.band_stretch import stretch_bands
    from btcnet_benchmark.sweep.scenes import load_benchmark_scene
    from btcnet_jax.scene.filling import fill_missing

    for path in sorted(path for path in data.iterdir() if path.suffix in SUFFIXES):
        if path.stem in (*TEST, *TOO_SMALL):
            continue
        values = fill_missing(load_benchmark_scene(path).scene)
        stretched = stretch_bands(values, BANDS).astype(np.float64)
        low, high = stretched.min(), stretched.max()
        scaled = np.rint((stretched - low) / (high - low) * 65535).astype(np.uint16)
        split = "test" if path.stem in VALIDATION else "train"
        (out / "scenes" / split).mkdir(parents=True, exist_ok=True)
        np.savez_compressed(out / "scenes" / split / f"{path.stem}.npz", cube=scaled)
        print(f"{split} {path.stem}: {values.shape[2]} bands to {BANDS}")


def train(name: str, out: Path) -> None:
    """Trains in out/NAME and writes the weights in float16."""
    from btcnet_jax.checkpoints import load_model
    from btcnet_jax.training.display import Display
    from btcnet_jax.training.trainer import Trainer
    from data_pipeline.patches import PatchStream, center_patches

    config = _config(name, out)
    train_scenes, test_scenes = (
        [np.load(path)["cube"] for path in sorted((out / "scenes" / split).glob("*.npz"))]
        for split in ("train", "test")
    )
    stream = PatchStream(train_scenes, SIDE, SIDE, config.data.images_per_batch, 0)
    with Display() as display:
        Trainer(config, stream, center_patches(test_scenes, SIDE, SIDE), display).run()
    params = load_model(config.workdir).params
    buffer = io.BytesIO()
    flat = {"/".join(path): np.asarray(leaf) for path, leaf in flatten_dict(params).items()}
    halves: dict[str, Any] = {key: leaf.astype(np.float16) for key, leaf in flat.items()}
    np.savez_compressed(buffer, **halves)
    data = buffer.getvalue()
    for number, start in enumerate(range(0, len(data), PIECE_BYTES)):
        (out / f"{name}.npz.{number}").write_bytes(data[start : start + PIECE_BYTES])


def import_weights(out: Path) -> None:
    """Makes a model folder out/NAME of each model whose weights are in `out`."""
    from btcnet_jax.checkpoints import CheckpointWriter

    for name in MODELS:
        pieces = sorted(out.glob(f"{name}.npz.*"))
        if not pieces:
            continue
        weights = np.load(io.BytesIO(b"".join(piece.read_bytes() for piece in pieces)))
        flat = {tuple(key.split("/")): weights[key].astype(np.float32) for key in weights.files}
        config = _config(name, out)
        with CheckpointWriter(config.workdir, keep=1) as writer:
            writer.save(STEPS, {"params": unflatten_dict(flat)}, config.to_dict(), None)
        print(config.workdir)


def _config(name: str, out: Path) -> Config:
    config = Config(
        workdir=str(out / name),
        model=MODELS[name],
        data=DataConfig(
            folder=str(out / "scenes"),
            patch_rows=SIDE,
            patch_cols=SIDE,
            images_per_batch=36,
            strips_per_image=20,
            strip_rows=SIDE,
        ),
        train=TrainConfig(
            epochs=STEPS,
            learning_rate=5e-4,
            decay_per_epoch=0.999,
            checkpoint_every=STEPS,
            validate_every=250,
            log_every=50,
            keep_checkpoints=1,
        ),
    )
    config.validate()
    return config


if __name__ == "__main__":
    main()
