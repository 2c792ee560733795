"""One experiment: its model, data, loss, optimization, hardware, and the folder it is kept in."""

import dataclasses
from typing import Any

from btcnet_jax.config.checks import require, require_default
from btcnet_jax.config.data import DataConfig
from btcnet_jax.config.hardware import HardwareConfig
from btcnet_jax.config.loss import LossConfig
from btcnet_jax.config.model import CONTEXTS, KLT_DCT, PRIOR, UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.train import TrainConfig


@dataclasses.dataclass(kw_only=True, slots=True)
class Config:
    """What a file in `configs/` returns."""

    workdir: str = "runs/default"
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    loss: LossConfig = dataclasses.field(default_factory=LossConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)
    hardware: HardwareConfig = dataclasses.field(default_factory=HardwareConfig)

    def validate(self) -> None:
        """Raise `ConfigError`, naming the field, on a value that cannot work or would do nothing."""
        require(bool(self.workdir), "workdir", self.workdir, "a folder's name")
        self.model.validate()
        # Not for the model itself to refuse: one that was trained so is still to be loaded.
        if self.model.bits == UNQUANTIZED_BITS:
            require_default(self.model, "model.ranges", "set model.bits to 2..8")
        # Contexts need to know which coefficient each channel is, which a random start leaves open.
        fits = self.model.coding != CONTEXTS or self.model.start == KLT_DCT
        require(fits, "model.coding", self.model.coding, f"{PRIOR}, or set model.start={KLT_DCT}")
        self.data.validate(self.model)
        self.loss.validate(self.model)
        self.train.validate(self.model)
        self.hardware.validate()

    def to_dict(self) -> dict[str, Any]:
        """The configuration as nested plain dicts, ready for JSON."""
        loss = dataclasses.asdict(self.loss) | {"rate_weights": list(self.loss.rate_weights)}
        return dataclasses.asdict(self) | {"model": self.model.options(), "loss": loss}
