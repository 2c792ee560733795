"""BTC-Net V2 with a learned rate: a wide latent, decoded as a whole, four rates from one set of weights.

  python main.py convert aviris --raw DOWNLOADS --out RECORDS
  python main.py --config configs/rate_distortion.py --config.data.records=RECORDS

or, without TensorFlow, --config.data.raw=DOWNLOADS, the same patches, or
--config.data.folder=DIR, crops from anywhere, where DIR/train and DIR/test hold scenes of 172 bands
and at least 256 x 256 pixels. One argument sets the latent's channels: configs/rate_distortion.py:64.
The encoder is still one convolution of 11 x 4: 128 channels cost it 352 multiply-accumulates a sample,
27 the paper's 74; its weights and input are not quantized. The loss is the negative PSNR by the published
definition and lambda times the rate; lambda in dB a bpppb, so that the four levels lie where a file's PSNR
rises by that much a bpppb. 24 tiles of 128 x 128 a batch are the pixels of the paper's 720 strips, a few more.

Training begins with a KLT and DCT of the data, and the encoder and the prior learn at rates of their own:
without, it is fragile (docs/EXPERIMENTS_NETWORKS.md). Scores, for a pool of small semi-synthetic scenes, there.
Not run here in full, nor timed; configs/zoo_learned.py, the same on that pool, was.
To shrink everything for a look on a laptop: configs/tiny_rate.py.
"""

from btcnet_jax.config import (
    Config,
    DataConfig,
    DecoderConfig,
    LossConfig,
    ModelConfig,
    TrainConfig,
)


def get_config(latent_channels: str = "128") -> Config:
    """The configuration; `--config configs/rate_distortion.py:64` sets the latent's channels."""
    return Config(
        workdir="runs/rate_distortion",
        model=ModelConfig(
            latent_channels=int(latent_channels),
            bits=32,
            start="klt-dct",
            quantizer="learned",
            rate_levels=4,
            decoder=DecoderConfig(context="tile", core_channels=32, attention="mean"),
        ),
        data=DataConfig(dataset="aviris", strips_per_image=2, strip_rows=128, tile_cols=128),
        loss=LossConfig(distortion="psnr", rate_weights=(320.0, 160.0, 80.0, 40.0)),
        train=TrainConfig(
            learning_rate=3e-4,
            schedule="cosine",
            warmup_steps=500,
            encoder_rate=0.04,
            prior_rate=10.0,
            clip_norm=1.0,
            ema_decay=0.999,
            precision="bfloat16",
        ),
    )
