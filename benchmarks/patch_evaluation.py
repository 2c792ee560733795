"""How long a patch of 256 x 256 x 172 takes in the evaluation of a data set, of networks of the published size.

python benchmarks/patch_evaluation.py                         # without coding: what the devices and the host do
python benchmarks/patch_evaluation.py --networks v2 --patches 3 --coding

Weights are random: times do not depend on them, rates do. Patches come from memory, as a stream that keeps up
would give them.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from btcnet_jax.config import DecoderConfig, HardwareConfig, ModelConfig
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.training.mesh import mesh_of
from btcnet_jax.training.patch_evaluation import Measured, Patches, evaluate_patches
from btcnet_jax.training.patch_figures import Code

SHAPE = (256, 256, 172)
NETWORKS = {
    "v2": ModelConfig(),
    "v1": ModelConfig(architecture="v1"),
    "learned": ModelConfig(
        latent_channels=128,
        quantizer="learned",
        rate_levels=4,
        decoder=DecoderConfig(context="tile", core_channels=96, attention="mean"),
    ),
}


def _stream(count: int) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(0)
    kept = [random.integers(0, 4000, SHAPE, dtype=np.uint16) for _ in range(min(count, 8))]
    for number in range(count):
        yield {"number": number, "patch": kept[number % len(kept)]}


def _coder(saved: SavedModel) -> Code:
    # Here, for a machine that measures without coding need not have the coder.
    from btcnet_jax.codec import network_codec
    from btcnet_jax.codec.encoders import Analyzed

    codec = network_codec(*saved)
    return lambda patch, done: len(
        codec.compress(patch, analyzed=Analyzed(done.latent, done.scales))
    )


def _measure(name: str, count: int, coding: bool, hardware: HardwareConfig) -> Measured:
    from btcnet_jax.models.prior_tables import make_tables

    config = NETWORKS[name]
    params = init_params(config, 0)
    code = _coder(SavedModel(config, params, make_tables(config, params))) if coding else None
    patches = Patches(_stream(count), SHAPE, np.dtype(np.uint16), count)
    return evaluate_patches(config, params, patches, mesh_of(hardware), code=code)


def main() -> None:
    """Measure the networks asked for, one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=tuple(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--patches", type=int, default=64)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--coding", action="store_true")
    arguments = parser.parse_args()
    hardware = HardwareConfig(devices=arguments.devices)
    print(f"{arguments.devices} x {jax.devices()[0].device_kind}, jax {jax.__version__}")
    for name in arguments.networks:
        measured = _measure(name, arguments.patches, arguments.coding, hardware)
        each = 1000 * measured.seconds / arguments.patches
        print(f"{name:8} {each:8.1f} ms a patch, {arguments.patches} patches", file=sys.stdout)


if __name__ == "__main__":
    main()
