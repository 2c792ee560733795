"""What the networks of the universal codec's decoder cost: processor time, against the first that is named.

  python -m benchmarks.detail_networks WEIGHTS [WEIGHTS ...] [--size 600 500] [--bands 64] [--rounds 3]

WEIGHTS are files that `train-universal pack` writes, or "shipped". One file of a synthetic scene is decoded
with each in turns; "network" is the network alone, on the symbols of that file, "decompress" all of the
decoding. Medians of user time of this process, compiling left out.
"""

import argparse
import functools
import resource
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from btcnet_jax.codec import load
from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.parts.detail_tiles import restore_details
from btcnet_jax.tables import Column, print_table
from btcnet_jax.weights.weight_file import load_weights
from data_pipeline.synthetic import SyntheticSettings, synthetic_scene

SHIPPED = "shipped"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="+")
    parser.add_argument("--size", type=int, nargs=2, default=(600, 500), metavar=("ROWS", "COLS"))
    parser.add_argument("--bands", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows, cols = options.size
    settings = SyntheticSettings(rows=rows, cols=cols, bands=options.bands, seed=0)
    data = load().compress(synthetic_scene(settings))
    cases = {name: _cases(name, data) for name in dict.fromkeys(options.weights)}
    seconds: dict[tuple[str, str], list[float]] = {}
    for round_ in range(options.rounds + 1):
        for name, jobs in cases.items():
            for job, run in jobs.items():
                taken = _user_seconds(run)
                # The first one compiles.
                if round_:
                    seconds.setdefault((name, job), []).append(taken)
    print_table(_rows(list(cases), seconds), _COLUMNS)


def _cases(name: str, data: bytes) -> dict[str, Callable[[], Any]]:
    path = None if name == SHIPPED else Path(name)
    weights = shipped_weights() if path is None else load_weights(path)
    codec = load(weights=path)
    symbols = codec._latent.read(read_compressed(data))
    return {
        "network": functools.partial(restore_details, weights.detail, symbols),
        "decompress": functools.partial(codec.decompress, data),
    }


def _user_seconds(run: Callable[[], Any]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


_COLUMNS = [
    Column(key="weights", name="weights"),
    Column(key="network", name="network", unit="s", digits=2),
    Column(key="network_ratio", name="ratio", digits=2),
    Column(key="decompress", name="decompress", unit="s", digits=2),
    Column(key="decompress_ratio", name="ratio", digits=2),
]


def _rows(names: list[str], seconds: dict[tuple[str, str], list[float]]) -> list[dict[str, Any]]:
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    rows = []
    for name in names:
        row: dict[str, Any] = {"weights": name}
        for job in ("network", "decompress"):
            row[job] = medians[name, job]
            row[f"{job}_ratio"] = medians[name, job] / medians[names[0], job]
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
