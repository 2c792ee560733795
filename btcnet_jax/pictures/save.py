"""Writing a figure as PNG, whole or not at all."""

import os
from pathlib import Path

from matplotlib.figure import Figure

from btcnet_jax.errors import ConfigError
from btcnet_jax.files import atomic_path


def save_figure(fig: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> None:
    """Write a figure as PNG. A reader sees the old file or the new one, never half of it.

    Args:
        fig: the figure; its size in inches times `dpi` is the size of the picture in pixels.
        path: name of the file, ending in .png; its folder exists.
        dpi: pixels per inch.

    Raises:
        ConfigError: the name does not end in .png.
        BtcnetError: the file cannot be written; nothing is left behind.
    """
    path = Path(path)
    require_png(path)
    with atomic_path(path) as temporary:
        fig.savefig(temporary, format="png", dpi=dpi)


def require_png(path: Path) -> None:
    """Raises ConfigError where a picture's name does not end in .png."""
    if path.suffix.lower() != ".png":
        raise ConfigError(f"pictures are written as PNG: name the file *.png, not {path.name}")
