"""Dependent against scalar quantization: processor time of encoder and decoder in one process, in turns.

  python -m benchmarks.quantization SCENE[:VARIABLE] ... [--bpppb 0.1 0.5] [--rounds 3]

The encoder's is all of `Codec.compress` after a first call, which compiles; the decoder's that of the symbols
alone, without the network, which is the same for both. The least of the rounds, as a ratio to scalar.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks.encoder_cost import load_scene
from btcnet_jax.codec import Codec, Rate, load
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.parts.quantization import Quantization
from btcnet_jax.scene import Scene
from btcnet_jax.tables import Column, print_table

_DECODINGS = 3
"""For each encoding, which takes many times as long."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "scenes", nargs="+", help="files, with the array's name where one has several"
    )
    parser.add_argument("--bpppb", type=float, nargs="+", default=[0.1, 0.5])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    codecs = [load(quantization=each) for each in Quantization]
    rows = []
    for name in options.scenes:
        scene = load_scene(name)
        for rate in options.bpppb:
            rows.append({"scene": name, **_measure(codecs, scene, Rate(rate), options.rounds)})
    columns = [
        Column(key="scene", name="scene"),
        Column(key="rate", name="bpppb", digits=3),
        Column(key="encoder", name="encoder, ratio", digits=2),
        Column(key="decoder", name="symbols decoded, ratio", digits=2),
    ]
    print_table(rows, columns)


def _measure(codecs: list[Codec], scene: Scene, rate: Rate, rounds: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {"encoder": [1e30] * 2, "decoder": [1e30] * 2}
    for codec in codecs:
        codec.compress(scene, rate)
    for _ in range(rounds):
        for index, codec in enumerate(codecs):
            data, seconds = _timed(lambda codec=codec: codec.compress(scene, rate))  # type: ignore[misc]
            times["encoder"][index] = min(times["encoder"][index], seconds)
            file = read_compressed(data)
            for _ in range(_DECODINGS):
                _, seconds = _timed(lambda codec=codec, file=file: codec._latent.read(file))  # type: ignore[misc]
                times["decoder"][index] = min(times["decoder"][index], seconds)
    return {"rate": rate.bpppb} | {name: each[1] / each[0] for name, each in times.items()}


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


if __name__ == "__main__":
    main()
