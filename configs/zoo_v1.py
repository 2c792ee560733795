"""BTC-Net V1 to compare V2 with (it does not ship): configs/zoo_v2.py with the predecessor's layers.

  python main.py --config configs/zoo_v1.py --config.data.folder=POOL

The same scenes, batches, normalization, loss, schedule and time. V1 has no linear path that could begin as a
transform, and decodes strips, each on its own; Adam 5e-4.
With --config.train.epochs=70, on 4,000 scenes: 11,690 steps, 16 minutes of an H200 that two trainings share.
"""

from btcnet_jax.config import (
    Config,
    DataConfig,
    LossConfig,
    ModelConfig,
    TrainConfig,
)


def get_config() -> Config:
    """The configuration."""
    return Config(
        workdir="runs/zoo_v1",
        model=ModelConfig(
            architecture="v1",
            ranges="image",
            normalization="bands",
        ),
        data=DataConfig(
            folder="pool",
            patch_rows=80,
            patch_cols=80,
            images_per_batch=24,
            strips_per_image=20,
            strip_rows=80,
        ),
        loss=LossConfig(distortion="psnr"),
        train=TrainConfig(
            epochs=200,
            learning_rate=5e-4,
            schedule="cosine",
            warmup_steps=500,
            clip_norm=1.0,
            ema_decay=0.999,
            precision="bfloat16",
            log_every=100,
            validate_every=2000,
            checkpoint_every=2000,
        ),
    )
