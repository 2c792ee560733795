"""The devices a training runs on, as a mesh of one axis: images are shared out, parameters are on all."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from btcnet_jax.config import Config, HardwareConfig
from btcnet_jax.errors import ConfigError
from btcnet_jax.training.state import Batch

AXIS = "data"


def make_mesh(config: Config) -> Mesh:
    """All devices that `config.hardware` asks for, of all processes.

    Raises:
        ConfigError: there is no such device or there are fewer, or they cannot share a batch equally.
    """
    devices, images = _devices(config.hardware), config.data.images_per_batch
    processes = len({device.process_index for device in devices})
    _require_equal_shares(images, processes, "processes")
    _require_equal_shares(images, len(devices), f"{devices[0].platform} devices")
    return mesh_of(config.hardware)


def mesh_of(hardware: HardwareConfig) -> Mesh:
    """All devices that `hardware` asks for, of all processes.

    Raises:
        ConfigError: there is no such device or there are fewer.
    """
    devices = _devices(hardware)
    # A network's sizes follow from its inputs here, and XLA decides on every sharding inside.
    return Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,))


def replicated(mesh: Mesh) -> NamedSharding:
    """The whole array on every device."""
    return NamedSharding(mesh, PartitionSpec())


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """The first axis shared out among the devices."""
    return NamedSharding(mesh, PartitionSpec(AXIS))


def map_over_devices(
    function: Callable[..., Any], mesh: Mesh, in_specs: Any, out_specs: Any
) -> Callable[..., Any]:
    """`jax.shard_map` without its check that equal results are equal; named otherwise before jax 0.6.

    With the check, the gradient of what all devices hold would be summed over them layer by layer.
    """
    if hasattr(jax, "shard_map"):
        return jax.shard_map(
            function, mesh=mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False
        )
    from jax.experimental.shard_map import shard_map

    mapped: Callable[..., Any] = shard_map(function, mesh, in_specs, out_specs, check_rep=False)
    return mapped


def place_batch(mesh: Mesh, batch: Batch) -> Batch:
    """A process's own images as its part of the batch of all, on its devices."""
    sharding = batch_sharding(mesh)
    return {
        name: jax.make_array_from_process_local_data(sharding, np.asarray(values))
        for name, values in batch.items()
    }


def local_part(array: jax.Array) -> np.ndarray:
    """This process's own part of what is shared out among the devices, as `place_batch` took it."""
    shards = sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
    return np.concatenate([np.asarray(shard.data) for shard in shards])


def place_replicated(mesh: Mesh, tree: Any) -> Any:
    """A tree of arrays, equal in all processes, on every device."""
    sharding = replicated(mesh)
    if mesh.is_multi_process:
        # Device-to-device copies reach no other process, so each places what it has itself.
        return jax.tree.map(
            lambda leaf: jax.make_array_from_process_local_data(
                sharding, np.asarray(leaf), np.shape(leaf)
            ),
            tree,
        )
    return jax.device_put(tree, sharding)


def _devices(hardware: HardwareConfig) -> list[jax.Device]:
    """In the order of their processes, so that each holds neighboring parts of a batch."""
    try:
        found = jax.devices(hardware.platform or None)
    except RuntimeError as error:
        there_is = sorted({device.platform for device in jax.devices()})
        raise ConfigError(
            f"hardware.platform is {hardware.platform!r}, but JAX finds only {', '.join(there_is)}: "
            f"install {_extra(hardware.platform)}, or set --config.hardware.platform={there_is[0]} "
            f"({_first_line(error)})"
        ) from error
    if hardware.devices > len(found):
        raise ConfigError(
            f"hardware.devices is {hardware.devices}, but there are {len(found)} "
            f"{found[0].platform} devices: set --config.hardware.devices={len(found)}, or 0 for all"
        )
    found = sorted(found, key=lambda device: (device.process_index, device.id))
    return found[: hardware.devices or len(found)]


def _require_equal_shares(images: int, sharers: int, name: str) -> None:
    if images % sharers == 0:
        return
    below, above = images // sharers * sharers, -(-images // sharers) * sharers
    fitting = " or ".join(str(count) for count in (below, above) if count)
    raise ConfigError(
        f"data.images_per_batch is {images}, which {sharers} {name} cannot share equally: "
        f"set --config.data.images_per_batch={fitting}, or --config.hardware.devices"
    )


def _extra(platform: str) -> str:
    return {"gpu": "'.[cuda]' and the driver", "tpu": "'.[tpu]'"}.get(platform, "JAX for it")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
