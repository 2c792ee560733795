"""Readers of the files hyperspectral scenes are found in, one module a format."""

from data_pipeline.readers.read import SUFFIXES, open_scene, read_scene

__all__ = ["SUFFIXES", "open_scene", "read_scene"]
