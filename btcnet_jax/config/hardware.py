"""Which devices a training runs on, and which processes share it."""

import dataclasses

from btcnet_jax.config.checks import require, require_default, require_one_of

PLATFORMS = ("", "cpu", "gpu", "tpu")
# The coordinator's address comes from the cluster's own environment: a TPU pod, Slurm, ...
AUTOMATIC = "auto"


@dataclasses.dataclass(kw_only=True, slots=True)
class HardwareConfig:
    """All devices that the processes see, by default of one process on the best platform there is."""

    platform: str = ""  # cpu, gpu or tpu: training stops where there is none
    devices: int = 0  # how many of them to use; 0 for all; with one process
    coordinator: str = (
        ""  # HOST:PORT of process 0; auto where the cluster tells; empty: one process
    )
    processes: int = 1  # how many share the training; with a coordinator's address
    process: int = 0  # which of them this is

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work."""
        require_one_of(PLATFORMS, "hardware.platform", self.platform)
        require(self.devices >= 0, "hardware.devices", self.devices, "0 or more")
        if not self.coordinator:
            wanted = "1, or set hardware.coordinator to HOST:PORT of process 0"
            require(self.processes == 1, "hardware.processes", self.processes, wanted)
        elif self.devices:
            wanted = "0: processes that train together use all their devices"
            require(False, "hardware.devices", self.devices, wanted)
        if self.coordinator == AUTOMATIC:
            wanted = "set hardware.coordinator to HOST:PORT: with auto the cluster tells"
            for name in ("processes", "process"):
                require_default(self, f"hardware.{name}", wanted)
        elif self.coordinator:
            host, _, port = self.coordinator.rpartition(":")
            fits = bool(host) and port.isdigit() and 0 < int(port) < 65536
            require(fits, "hardware.coordinator", self.coordinator, "HOST:PORT, auto or empty")
            require(self.processes >= 1, "hardware.processes", self.processes, "at least 1")
        fits = 0 <= self.process < self.processes
        wanted = f"0 to {self.processes - 1}, below hardware.processes"
        require(fits, "hardware.process", self.process, wanted)
