"""Stage `pack`: the file that the codec loads."""

from pathlib import Path

import numpy as np
from flax.traverse_util import unflatten_dict

from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.weights.weight_file import load_weights, save_weights


def pack_weights(context: Path, detail: Path, out: Path) -> None:
    """Joins the results of the stages `context` and `detail`, and prints what came out."""
    with np.load(context) as file:
        weights = ContextWeights(**{name: file[name].astype(np.int64) for name in file.files})
    with np.load(detail) as file:
        params = unflatten_dict({tuple(key.split("/")): file[key] for key in file.files})
    save_weights(out, weights, params)
    fingerprint = load_weights(out).fingerprint.hex()
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, fingerprint {fingerprint}")
