"""Runs the test vectors beside this file through an encoder that takes windows of 11 lines."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def check(run: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> int:
    """Prints how many symbols differ; 0 if none does.

    Args:
        run: from a window and what of it lies within the scene to symbols.
    """
    sizes = json.loads((HERE / "sizes.json").read_text())
    scale, multiple, rows = sizes["scale"], sizes["multiple"], sizes["rows"]
    samples = int((HERE / "samples.txt").read_text())
    lines = np.fromfile(HERE / "lines.bil", np.dtype(sizes["dtype"]).newbyteorder("<"))
    lines = lines.reshape(-1, sizes["bands"], samples).transpose(0, 2, 1).astype(sizes["dtype"])
    places = -(-samples // multiple) * multiple // scale
    lines = np.pad(
        lines, [(0, -len(lines) % multiple), (0, sizes["samples"] - samples), (0, 0)], "edge"
    )
    padded = np.pad(lines, [(sizes["padding"], rows), (0, 0), (0, 0)])
    found = []
    for row in range(len(lines) // scale):
        first = sizes["padding"] - scale * row
        covered = np.array([max(first, 0), min(first + len(lines), rows)], np.int32)
        window = padded[scale * row : scale * row + rows]
        found.append(run(window, covered)[:places])
    wanted = np.fromfile(HERE / "expected.symbols", "<i4").reshape(-1, places, sizes["channels"])
    differing = np.count_nonzero(np.stack(found) != wanted)
    print(f"{differing} of {wanted.size} symbols differ from those that are expected")
    return int(differing > 0)
