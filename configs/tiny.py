"""A small model on synthetic scenes, for a laptop: what `make demo` runs.

python main.py synthesize runs/tiny/scenes --train 12 --test 2 --rows 128 --cols 128 --bands 48
python main.py convert --config configs/tiny.py --raw runs/tiny/scenes --out runs/tiny/records
python main.py --config configs/tiny.py

The 480 steps take 2.4 minutes on two cores that others use too, compiling included; 25.2 dB at 0.157 bpppb on
a test scene (README.md).
"""

from btcnet_jax.config import Config, DataConfig, ModelConfig, TrainConfig


def get_config() -> Config:
    """The configuration."""
    return Config(
        workdir="runs/tiny",
        model=ModelConfig(bands=48, latent_channels=24, features=8, gamma=2),
        data=DataConfig(
            records="runs/tiny/records",
            patch_rows=128,
            patch_cols=128,
            images_per_batch=4,
            strips_per_image=8,
            strip_rows=64,
        ),
        train=TrainConfig(
            epochs=160,
            learning_rate=4e-3,
            decay_per_epoch=0.985,
            checkpoint_every=100,
            validate_every=100,
        ),
    )
