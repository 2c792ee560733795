"""Event files for TensorBoard, through tensorboardX."""

import importlib.util
from pathlib import Path
from typing import Any

FOLDER = "tensorboard"
MISSING = "no event files for TensorBoard: pip install tensorboardX, or set --config.train.tensorboard=false"


def is_available() -> bool:
    """Whether the package that writes event files is there."""
    return importlib.util.find_spec("tensorboardX") is not None


class EventFile:
    """Scalars and pictures by step, in `workdir/tensorboard`.

    Args:
        workdir: the run's folder.
        resumed_step: TensorBoard forgets what was written of later steps before.
    """

    def __init__(self, workdir: str | Path, resumed_step: int) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(Path(workdir) / FOLDER), purge_step=resumed_step + 1)

    def scalars(self, group: str, step: int, values: dict[str, Any]) -> None:
        """Write each value as `group/name`."""
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)

    def picture(self, name: str, step: int, path: Path) -> None:
        """Write a PNG file as an image."""
        from matplotlib.image import imread

        self._writer.add_image(name, imread(path)[..., :3], step, dataformats="HWC")

    def flush(self) -> None:
        """Have everything on disk when this returns."""
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
