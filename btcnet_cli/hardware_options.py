"""The options that say which devices and which processes share a command's work."""

import argparse
from typing import TYPE_CHECKING

from btcnet_jax.config.hardware import PLATFORMS
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    import jax


def add_hardware_options(group: "argparse._ArgumentGroup") -> None:
    """Declare --platform, --devices, and for several hosts --coordinator, --processes and --process."""
    known = [name for name in PLATFORMS if name]
    group.add_argument("--platform", choices=known, default="", help="(the best there is)")
    group.add_argument("--devices", type=int, default=0, metavar="N", help="how many to use (all)")
    group.add_argument(
        "--coordinator",
        default="",
        metavar="HOST:PORT",
        help="of process 0, where several share the work; auto where the cluster tells",
    )
    group.add_argument(
        "--processes", type=int, default=1, metavar="N", help="how many share it (1)"
    )
    group.add_argument("--process", type=int, default=0, metavar="N", help="which this is (0)")


def mesh_asked_for(arguments: argparse.Namespace) -> "jax.sharding.Mesh":
    """Meet the other processes, if there are any, and take the devices. Before anything asks for one.

    Raises:
        ConfigError: values that cannot work, or devices that are not there.
        TrainingError: the others cannot be met.
    """
    from btcnet_jax.config import HardwareConfig
    from btcnet_jax.training.distributed import join
    from btcnet_jax.training.mesh import mesh_of

    names = ("platform", "devices", "coordinator", "processes", "process")
    hardware = HardwareConfig(**{name: getattr(arguments, name) for name in names})
    try:
        hardware.validate()
        join(hardware)
        return mesh_of(hardware)
    except ConfigError as error:
        raise ConfigError(_as_options(str(error))) from error


def _as_options(message: str) -> str:
    """Fields of a configuration as this command's options."""
    return message.replace("--config.hardware.", "--").replace("hardware.", "--")
