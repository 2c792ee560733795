"""Scenes written to the formats people work in, one module a kind of format."""

from data_pipeline.writers.archives import save_npy
from data_pipeline.writers.beside import require_free_place
from data_pipeline.writers.write import require_known_suffix, write_cube

__all__ = ["require_free_place", "require_known_suffix", "save_npy", "write_cube"]
