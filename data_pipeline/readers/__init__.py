"""Readers of the files hyperspectral scenes are found in, one module a format.

What is named here is imported when it is first used: a writer that needs a module of this folder does without
the libraries of all formats.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_pipeline.readers.read import SUFFIXES, open_scene, read_scene

__all__ = ["SUFFIXES", "open_scene", "read_scene"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from data_pipeline.readers import read

    return getattr(read, name)
