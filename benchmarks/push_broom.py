"""What a front end planned beforehand costs: on the first lines, on another scene, on the whole scene.

  python -m benchmarks.push_broom FOLDER [--bpppb 0.1] [--first 32 64] [--group 128]

FOLDER is that of real cubes (`BTCNET_REAL_DATA`). Each scene is coded by each plan, and as `compress` does at
three rates; "against" is the PSNR beside that of `compress` at the same bytes, between whose rates it is drawn
straight over the logarithm of the bytes. Scenes are of 80 to 100 lines, where statistics of few lines say
little.
"""

import argparse
import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.codec import Codec, Rate, load
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.codec.planning import plan
from btcnet_jax.scene import Scene
from btcnet_jax.scene.window import window
from btcnet_jax.tables import Column, print_table
from data_pipeline.readers import read_scene

# Of each scene another one of the same sensor and product, where there is one of the same bands and type.
_SCENES = {
    "abu-airport-3.mat": "abu-urban-5.mat",
    "abu-urban-3.mat": None,
    "salinas_a.mat": None,
    "hydice_urban.npz": "hydice_urban_2.npz",
}
_RATES = (0.7, 1.0, 1.4)


class _Curve(NamedTuple):
    """Bytes of files of a scene, and their PSNR."""

    bytes: list[int]
    psnr: list[float]

    def at(self, size: int) -> float:
        return float(np.interp(np.log(size), np.log(self.bytes), self.psnr))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--first", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--group", type=int, default=128)
    options = parser.parse_args()
    codec, rows = load(), list[dict[str, Any]]()
    for name, other in _SCENES.items():
        scene = read_scene(options.folder / name)
        curve = _curve(codec, scene, options.bpppb)
        rows.append(_row(name, "compress", curve.bytes[1], curve.psnr[1], 0.0))
        whole = slice(None)
        planned = {f"first {n} lines": window(scene, slice(0, n), whole) for n in options.first}
        if other is not None:
            planned[f"{other.partition('.')[0]}"] = read_scene(options.folder / other)
        planned["the scene"] = scene
        for what, seen in planned.items():
            made, file = plan(seen, Rate(options.bpppb), group=options.group), io.BytesIO()
            with made.writer(file, info=scene) as writer:
                writer.write(scene.values)
            data = file.getvalue()
            psnr = evaluate_file(codec, scene, data).quality.psnr_db
            assert psnr is not None, "bands vary"
            rows.append(
                _row(name, f"planned on {what}", len(data), psnr, psnr - curve.at(len(data)))
            )
            rows[-1]["unseen"] = writer.tally.unseen
    print_table(rows, _TABLE)


def _curve(codec: Codec, scene: Scene, rate: float) -> _Curve:
    curve = _Curve([], [])
    for factor in _RATES:
        data = codec.compress(scene, Rate(factor * rate))
        psnr = evaluate_file(codec, scene, data).quality.psnr_db
        assert psnr is not None, "bands vary"
        curve.bytes.append(len(data))
        curve.psnr.append(psnr)
    return curve


def _row(scene: str, how: str, size: int, psnr: float, against: float) -> dict[str, Any]:
    return {
        "scene": scene,
        "how": how,
        "bytes": size,
        "psnr": psnr,
        "against": against,
        "unseen": 0,
    }


_TABLE = [
    Column(key="scene", name="scene"),
    Column(key="how", name="front end"),
    Column(key="bytes", name="bytes", digits=0),
    Column(key="psnr", name="PSNR", unit="dB", digits=2),
    Column(key="against", name="against", unit="dB", digits=2),
    Column(key="unseen", name="beyond what it saw", digits=0),
]


if __name__ == "__main__":
    main()
