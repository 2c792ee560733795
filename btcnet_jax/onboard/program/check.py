"""Runs the test vectors beside this file through the encoder beside it: status 0 if all symbols are right.

An encoder that takes windows of 11 lines: encoder.onnx by onnxruntime, or encoder.jaxexport by JAX.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
Run = Callable[[np.ndarray, np.ndarray], np.ndarray]


def load() -> Run:
    """From a window, and what of it lies within the scene, to symbols."""
    if (HERE / "encoder.onnx").exists():
        return _load_onnx(str(HERE / "encoder.onnx"))
    import jax
    from jax import export

    jax.config.update("jax_enable_x64", True)
    exported = export.deserialize(bytearray((HERE / "encoder.jaxexport").read_bytes()))
    return lambda window, covered: np.asarray(exported.call(window, covered))


def _load_onnx(path: str) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda window, covered: session.run(None, {"lines": window, "covered": covered})[0]


def main() -> int:
    """Window by window; prints how many symbols differ."""
    run = load()
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


if __name__ == "__main__":
    sys.exit(main())
