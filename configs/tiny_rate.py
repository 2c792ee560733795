"""A small model with a learned rate on synthetic scenes, for a laptop: 1,200 steps, 2 a second on two cores.

python main.py synthesize runs/tiny/scenes --train 12 --test 2 --rows 128 --cols 128 --bands 48
python main.py --config configs/tiny_rate.py
python main.py compress runs/tiny/scenes/test/scene_000.npz scene.btcn --model runs/tiny_rate --level 0
"""

from btcnet_jax.config import (
    Config,
    DataConfig,
    DecoderConfig,
    LossConfig,
    ModelConfig,
    TrainConfig,
)


def get_config() -> Config:
    """The configuration."""
    return Config(
        workdir="runs/tiny_rate",
        model=ModelConfig(
            bands=48,
            latent_channels=48,
            features=8,
            gamma=2,
            quantizer="learned",
            rate_levels=3,
            ranges="image",
            decoder=DecoderConfig(context="tile", core_channels=16, attention="mean"),
        ),
        data=DataConfig(
            folder="runs/tiny/scenes",
            patch_rows=128,
            patch_cols=128,
            images_per_batch=4,
            strips_per_image=1,
            strip_rows=64,
            tile_cols=64,
        ),
        loss=LossConfig(distortion="psnr", rate_weights=(40.0, 20.0, 10.0)),
        train=TrainConfig(
            epochs=400,
            learning_rate=4e-3,
            schedule="cosine",
            warmup_steps=50,
            clip_norm=1.0,
            ema_decay=0.99,
            checkpoint_every=200,
            validate_every=200,
        ),
    )
