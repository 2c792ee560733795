"""Scenes written to the formats people work in, one module a kind of format."""

from data_pipeline.writers.archives import npy_bytes
from data_pipeline.writers.beside import require_free_place
from data_pipeline.writers.write import require_known_suffix, write_cube

__all__ = ["npy_bytes", "require_free_place", "require_known_suffix", "write_cube"]
