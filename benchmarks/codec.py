"""Contexts, choice of symbols, their coding and the basis: seconds here and in another checkout, on one scene.

  python -m benchmarks.codec SCENE[:VARIABLE] --against CHECKOUT [--rows 600] [--cols 500] [--bands 224]
      [--bpppb 0.1] [--rounds 3] [--dependent]

The scene is mirrored to the size asked for. Each checkout is a process of its own; both must choose the same
symbols and write the same bytes. Seconds of processor, the least of the rounds, of one core; what compiling
takes is told apart. Coefficients and basis are of the last trial of the search for the rate, run here, once.
Choice and contexts are of scalar quantization, or of dependent. Of scenes that are coded by tiles the trial is
that of the sample of tiles that the search looks at, one below the other.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder_cost import load_scene
from benchmarks.mirroring import mirrored
from btcnet_jax.codec import Codec, Rate, step_encoder, tile_encoder
from btcnet_jax.codec.build import load
from btcnet_jax.parts import synthesis_matrix
from btcnet_jax.scene.scene import Scene
from btcnet_jax.tables import Column, print_table

HERE = Path(__file__).resolve().parent.parent
_MEASURE = """
import hashlib, json, sys, time
import numpy as np
from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis, encode_adaptive_basis
from btcnet_jax.coding.context import ComponentLevels, ContextCoder
from btcnet_jax.parts.quantization import optimize
from btcnet_jax.weights.named_contexts import DEPENDENT, named_contexts

def timed(name, work, *given):
    start = time.process_time()
    found = work(*given)
    times.setdefault(name, []).append(time.process_time() - start)
    return found

given, times = np.load(sys.argv[1]), {}
values, matrix, energies = given["values"], given["matrix"], given["energies"].tolist()
weights = named_contexts(DEPENDENT) if sys.argv[4] == "dependent" else shipped_weights().context
coder, start = ContextCoder(weights), time.process_time()
few = optimize(coder, values[:2, :, :4, :4], 9.0).symbols
levels = ComponentLevels.of(few, coder.per_step)
coder.decode(coder.encode(few, levels), (len(few), *few.shape[2:]), levels)
encode_adaptive_basis(matrix[:2, :9], energies[:2], given["steps"][:9], 0.1)
first = time.process_time() - start
for _ in range(int(sys.argv[2])):
    symbols = timed("choice of symbols, one trial", optimize, coder, values, float(sys.argv[3])).symbols
    levels = ComponentLevels.of(symbols, coder.per_step)
    data = timed("contexts and symbols, encoding", coder.encode, symbols, levels)
    shape = len(symbols), *symbols.shape[2:]
    again = timed("contexts and symbols, decoding", coder.decode, data, shape, levels)
    assert (again == symbols).all()
    asked = matrix, energies, given["steps"], float(given["worth"])
    basis = timed("basis, encoding", encode_adaptive_basis, *asked)
    rows, bands = matrix.shape
    again = timed("basis, decoding", decode_adaptive_basis, basis.data, rows - 1, bands)
    assert (again == basis.matrix).all()
digest = hashlib.sha256(data + basis.data + symbols.astype(np.int64).tobytes()).hexdigest()
print(json.dumps([{name: min(all) for name, all in times.items()}, first, digest]))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", help="a file, with its array's name where it has several")
    parser.add_argument("--against", type=Path, required=True, help="another checkout")
    for name, size in (("rows", 600), ("cols", 500), ("bands", 224)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dependent", action="store_true", help="dependent quantization")
    options = parser.parse_args()
    scene = mirrored(load_scene(options.scene), options.rows, options.cols, options.bands)
    trial, row_bits = last_trial(load(), scene, options.bpppb)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.npz"
        np.savez(path, **trial)
        kind = "dependent" if options.dependent else "scalar"
        given = [str(path), str(options.rounds), str(row_bits), kind]
        there, here = (_measure(tree, given) for tree in (options.against.resolve(), HERE))
    assert there[2] == here[2], "the two write other bytes"
    rows: list[dict[str, Any]] = [
        {"what": what, "there": there[0][what], "here": seconds, "ratio": there[0][what] / seconds}
        for what, seconds in here[0].items()
    ]
    rows.append({"what": "the first call of all", "there": there[1], "here": here[1]})
    columns = [Column(key="what", name=" x ".join(map(str, trial["values"].shape)))]
    columns += [Column(key=key, name=key, unit="s", digits=2) for key in ("there", "here")]
    print_table(rows, [*columns, Column(key="ratio", name="there / here", digits=1)])


def last_trial(codec: Codec, scene: Scene, bpppb: float) -> tuple[dict[str, Any], float]:
    """Coefficients in steps and what the basis is coded of; the bits of a component besides its symbols."""
    seen, original = [], step_encoder.optimize
    bases, encode = [], synthesis_matrix.encode_adaptive_basis

    def spy(coder: Any, values: np.ndarray, row_bits: float, *rest: Any, **named: Any) -> Any:
        seen.append((values.copy(), row_bits))
        return original(coder, values, row_bits, *rest, **named)

    def spy_basis(*given: Any) -> Any:
        bases.append(dict(zip(("matrix", "energies", "steps", "worth"), given, strict=True)))
        return encode(*given)

    # Large scenes are searched by a sample of their tiles.
    step_encoder.optimize = tile_encoder.optimize = spy
    synthesis_matrix.encode_adaptive_basis = spy_basis  # type: ignore[assignment]
    try:
        codec.compress(scene, Rate(bpppb))
    finally:
        step_encoder.optimize = tile_encoder.optimize = original
        synthesis_matrix.encode_adaptive_basis = encode
    values, row_bits = seen[-1]
    return {"values": values, **bases[-1]}, row_bits


def _measure(tree: Path, given: list[str]) -> tuple[dict[str, float], float, str]:
    more = [str(tree), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(more), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _MEASURE, *given]
    done = subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE)
    times, first, digest = json.loads(done.stdout)
    return times, first, digest


if __name__ == "__main__":
    main()
