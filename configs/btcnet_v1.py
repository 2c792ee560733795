"""BTC-Net V1, the predecessor, as a baseline on AVIRIS (172 of 224 bands kept), with V2's recipe.

  python main.py convert --config configs/btcnet_v1.py --raw DOWNLOADS --out RECORDS
  python main.py --config configs/btcnet_v1.py --config.data.records=RECORDS

or, without TensorFlow, --config.data.raw=DOWNLOADS, the same patches, or
--config.data.folder=DIR, crops from anywhere, where DIR/train and DIR/test hold scenes of 172
bands and at least 256 x 256 pixels. Everything but the architecture is as in configs/aviris.py, so
that the two can be compared: L1, Adam at 1e-5 times 0.999 an epoch, 5000 epochs, 720 strips of
128 x 4 a batch. The parts of the network that are a choice are named in docs/MODEL.md.

Expected by the V2 paper, over its three benchmarks: 37.43 dB at 0.060 bpppb; not run here, nor timed. Of
V1 and V2 trained alike on smaller patches, V1 takes 2.1 times as long a step (docs/RESULTS.md).
"""

from btcnet_jax.config import Config, DataConfig, ModelConfig


def get_config(bits: str = "8") -> Config:
    """The configuration; `--config configs/btcnet_v1.py:6` sets the quantizer's bits."""
    return Config(
        workdir="runs/btcnet_v1",
        model=ModelConfig(architecture="v1", bands=172, bits=int(bits)),
        data=DataConfig(dataset="aviris"),
    )
