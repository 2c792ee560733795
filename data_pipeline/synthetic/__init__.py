"""Synthetic scenes, seeded: physically shaped from nothing, or recombined from the parts of real ones."""

from data_pipeline.synthetic.dataset import write_dataset, write_recombined
from data_pipeline.synthetic.generator import synthetic_scene
from data_pipeline.synthetic.recombined import RecombinedSettings, Sources, recombined_scene
from data_pipeline.synthetic.settings import SyntheticSettings
from data_pipeline.synthetic.sources import load_sources

__all__ = [
    "RecombinedSettings",
    "Sources",
    "SyntheticSettings",
    "load_sources",
    "recombined_scene",
    "synthetic_scene",
    "write_dataset",
    "write_recombined",
]
