"""Where patches lie in a scene, and which of them are for training and which for testing."""

from collections.abc import Sequence
from typing import NamedTuple

from btcnet_jax.errors import DataError

TRAIN, TEST = "train", "test"


class Rows(NamedTuple):
    """Consecutive rows of a scene, `stop` excluded."""

    start: int
    stop: int


def patch_origins(
    rows: Rows, cols: int, patch_rows: int, patch_cols: int, stride: int
) -> list[tuple[int, int]]:
    """Upper left corners (row, column) of the patches of some rows of a scene, in raster order.

    Patches lie on a grid that starts at the first row and column; none is moved back to the edge
    for the rest that is narrower than a patch. So with a stride of at least the patch's size each
    pixel is in one patch at most, and none counts twice in a mean.

    Args:
        rows: the rows the patches must lie in.
        cols: columns of the scene.
        patch_rows, patch_cols: size of a patch.
        stride: distance of neighboring patches, in rows and in columns.
    """
    return [
        (row, col)
        for row in range(rows.start, rows.stop - patch_rows + 1, stride)
        for col in range(0, cols - patch_cols + 1, stride)
    ]


def split_by_region(rows: int, patch_rows: int, test_fraction: float, name: str) -> dict[str, Rows]:
    """A scene's upper rows for training and its lowest for testing, without a shared pixel.

    The test's band of rows is `test_fraction` of the scene, and at least a patch high.

    Args:
        rows: rows of the scene.
        patch_rows: rows of a patch.
        test_fraction: of the rows, between 0 and 1.
        name: what to call the scene in the message.

    Raises:
        DataError: less than a patch is left for training.
    """
    edge = rows - max(round(rows * test_fraction), patch_rows)
    if edge < patch_rows:
        raise DataError(
            f"{name}: {rows} rows hold no training patch above the test's: two patches need"
            f" {2 * patch_rows}; lower --patch-rows or --test-fraction, or sort whole scenes into"
            f" folders train/ and test/"
        )
    return {TRAIN: Rows(0, edge), TEST: Rows(edge, rows)}


def split_by_scene(names: Sequence[str], test_fraction: float) -> dict[str, str] | None:
    """Every n-th scene by sorted name is for testing, the others are for training.

    Args:
        names: of the scenes, each once.
        test_fraction: n is one over it, rounded.

    Returns:
        The split of each name; None where there are fewer than n scenes.
    """
    period = round(1 / test_fraction)
    if len(names) < period:
        return None
    return {
        name: TEST if index % period == period - 1 else TRAIN
        for index, name in enumerate(sorted(names))
    }
