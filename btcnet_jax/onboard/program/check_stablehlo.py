"""Runs the test vectors beside this file through encoder.jaxexport: status 0 if all symbols are right."""

import json
import sys
from pathlib import Path

import jax
import numpy as np
from jax import export

HERE = Path(__file__).parent


def main() -> int:
    """Window by window; prints how many symbols differ."""
    jax.config.update("jax_enable_x64", True)
    sizes = json.loads((HERE / "sizes.json").read_text())
    scale, multiple, rows = sizes["scale"], sizes["multiple"], sizes["rows"]
    exported = export.deserialize(bytearray((HERE / "encoder.jaxexport").read_bytes()))
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
        found.append(np.asarray(exported.call(window, covered))[:places])
    wanted = np.fromfile(HERE / "expected.symbols", "<i4").reshape(-1, places, sizes["channels"])
    differing = np.count_nonzero(np.stack(found) != wanted)
    print(f"{differing} of {wanted.size} symbols differ from those that are expected")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
