"""BTC-Net V2 as it ships: the published layers, 27 channels of 8 bits, on samples in units of their band.

  python main.py synthesize POOL --like DONORS --textures TEXTURES --train 4000 --test 16 --rows 80 --cols 80
  python main.py --config configs/zoo_v2.py --config.data.folder=POOL

or from TFRecords: main.py convert hsi_folder --raw POOL --out RECORDS --patch-rows 80 --patch-cols 80, then
--config.data.records=RECORDS. Where this is not the published recipe: each band is brought to mean 0 and
deviation 1 by two numbers that a file holds; training begins with a KLT and DCT of the data; the strips of a
scene are decoded together, at no cost in bits; the loss is the negative published PSNR; Adam 3e-4 with a cosine
instead of 5000 epochs at 1e-5. What each is worth: docs/EXPERIMENTS_NETWORKS.md. Scores: docs/RESULTS.md.
With --config.train.epochs=134, on 4,000 scenes: 22,378 steps, 15 minutes of an H200 that two trainings share.
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
        workdir="runs/zoo_v2",
        model=ModelConfig(
            start="klt-dct",
            ranges="image",
            normalization="bands",
            decoder=DecoderConfig(context="tile", attention="mean"),
        ),
        data=DataConfig(
            folder="pool",
            patch_rows=80,
            patch_cols=80,
            images_per_batch=24,
            strips_per_image=1,
            strip_rows=80,
            tile_cols=80,
        ),
        loss=LossConfig(distortion="psnr"),
        train=TrainConfig(
            epochs=200,
            learning_rate=3e-4,
            encoder_rate=0.04,
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
