"""A codec of the benchmark against reference points of KLT + JPEG 2000, on real scenes.

  python benchmarks/klt_jpeg2000_anchor.py FOLDER CSV [--codec klt-jpeg2000] [--scenes NAME ...]

FOLDER holds the scenes; CSV the points, with columns scene, target_bpppb, side_info_counted and psnr_db.
Points whose side information is not counted are passed over. As the points were made, negative values are
set to 0, constant bands dropped, and of jasper_ridge's bands the water bands too. Prints a line per point,
then the least, mean and greatest difference. Minutes on one CPU core.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.codecs.registry import make_codecs
from btcnet_jax.codec import Rate
from btcnet_jax.metrics import bits_per_sample, measure_quality
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers import read_scene

_VARIABLES = {"hyperion_paris": "HSim"}
# Counted from 1, as they are written in the literature.
_DROPPED = {"jasper_ridge": np.r_[1:4, 108:113, 154:167, 220:225]}


def main() -> None:
    """Measure and print one line a point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the scenes")
    parser.add_argument("csv", type=Path, help="the reference points")
    parser.add_argument("--codec", default="klt-jpeg2000", help="as main.py benchmark names it")
    parser.add_argument("--scenes", nargs="+", help="of the points' scenes; all of them without")
    arguments = parser.parse_args()
    with arguments.csv.open(newline="", encoding="utf-8") as file:
        points = [row for row in csv.DictReader(file) if row["side_info_counted"] == "yes"]
    codec = make_codecs([arguments.codec])[0]
    print("scene,target_bpppb,bpppb,anchor_db,psnr_db,difference_db,sam_deg")
    differences = []
    for name in dict.fromkeys(point["scene"] for point in points):
        if arguments.scenes and name.split()[0] not in arguments.scenes:
            continue
        scene = _load(arguments.folder, name.split()[0])
        rates = [point for point in points if point["scene"] == name]
        differences += [_measure(codec, scene, point) for point in rates]
    print(f"difference of {len(differences)} points: least {min(differences):+.2f} dB,", end=" ")
    print(f"mean {np.mean(differences):+.2f} dB, greatest {max(differences):+.2f} dB")


def _load(folder: Path, name: str) -> Scene:
    path = next(p for p in sorted(folder.glob(f"{name}.*")) if p.suffix != ".img")
    values = np.maximum(read_scene(path, _VARIABLES.get(name)).values, 0)
    kept = values.max(axis=(0, 1)) > values.min(axis=(0, 1))
    kept[_DROPPED.get(name, np.array([], int)) - 1] = False
    return Scene(name=name, values=values[:, :, kept])


def _measure(codec: Peer, scene: Scene, point: dict[str, str]) -> float:
    target, anchor = float(point["target_bpppb"]), float(point["psnr_db"])
    data = codec.compress(scene, Rate(target, or_smallest=True))
    quality = measure_quality(scene.values, codec.decompress(data).values)
    rate = bits_per_sample(len(data), *scene.values.shape)
    psnr = quality.psnr_db or float("nan")
    print(f"{scene.name},{target},{rate:.4f},{anchor:.2f},{psnr:.2f},", end="")
    print(f"{psnr - anchor:+.2f},{quality.sam_deg:.3f}", flush=True)
    return psnr - anchor


if __name__ == "__main__":
    main()
