"""The paper's model and recipe on Hyperion (EO-1 satellite; 155 of 242 bands kept).

  python main.py convert hyperion --raw DOWNLOADS --out RECORDS
  python main.py --config configs/hyperion.py --config.data.records=RECORDS

or, without TensorFlow, --config.data.raw=DOWNLOADS, the same patches, or
--config.data.folder=DIR, crops from anywhere, where DIR/train and DIR/test hold scenes of 155
bands and at least 256 x 256 pixels. The recipe is the
published one (BTC-Net V2, IEEE 2026): L1, Adam at 1e-5 times 0.999 an epoch, 5000 epochs, 12 images
and 720 strips of 128 x 4 a batch. With 172 bands and --config.train.precision=bfloat16 a step takes
24.2 ms and 6.2 GB of temporaries on an H200, 26.2 ms on an H100; in float32, the default, 98 ms and
14.2 GB on an H200 (benchmarks/RESULTS.md).

Expected by the paper, over its three benchmarks: 40.78 dB at 0.054 bpppb; not run here in full.
"""

from btcnet_jax.config import Config, DataConfig, ModelConfig


def get_config(bits: str = "8") -> Config:
    """The configuration; `--config configs/hyperion.py:6` sets the quantizer's bits."""
    return Config(
        workdir="runs/hyperion",
        model=ModelConfig(bands=155, bits=int(bits)),
        data=DataConfig(dataset="hyperion"),
    )
