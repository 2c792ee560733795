"""Synthetic hyperspectral scenes: physically shaped, spatially structured, seeded, of any size."""

from data_pipeline.synthetic.dataset import write_dataset
from data_pipeline.synthetic.generator import synthetic_scene
from data_pipeline.synthetic.settings import SyntheticSettings

__all__ = ["SyntheticSettings", "synthetic_scene", "write_dataset"]
