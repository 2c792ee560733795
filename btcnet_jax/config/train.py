"""The optimization: steps, rates, precision, where it starts and what it keeps."""

import dataclasses
import math

from btcnet_jax.config.checks import require, require_default, require_one_of
from btcnet_jax.config.model import LEARNED, ModelConfig

SCHEDULES = ("decay", "cosine")
PRECISIONS = ("float32", "bfloat16")
_POSITIVE = ("epochs", "checkpoint_every", "keep_checkpoints", "log_every", "validate_every")


@dataclasses.dataclass(kw_only=True, slots=True)
class TrainConfig:
    """The published recipe by default: Adam, 1e-5, times 0.999 each epoch."""

    epochs: int = 5000  # one epoch visits every training scene once
    learning_rate: float = 1e-5
    schedule: str = (
        "decay"  # times decay_per_epoch each epoch; or cosine: down to 0 at the last step
    )
    decay_per_epoch: float = 0.999
    warmup_steps: int = 0  # cosine: the rate rises to learning_rate over these first
    encoder_rate: float = 1.0  # times learning_rate, of the encoder: its sums are of 7568 inputs
    prior_rate: float = (
        1.0  # times learning_rate, of a learned prior: its parameters are in symbols
    )
    clip_norm: float = 0.0  # greatest norm of all gradients together; 0 for no clipping
    ema_decay: float = 0.0  # of the moving average of weights that is kept and used; 0 for none
    precision: str = "float32"  # of the compute; bfloat16 keeps parameters and sums in float32
    remat: bool = False  # compute activations again instead of keeping them: less memory, more time
    noise_share: float = 0.5  # learned quantizer: share of the steps with noise, then rounding
    seed: int = 0
    resume_from: str = ""  # another run whose newest checkpoint this one goes on from
    pretrained: str = ""  # a model whose weights this run starts with
    checkpoint_every: int = 500  # steps
    keep_checkpoints: int = 2  # the newest; the best by validation is kept besides
    log_every: int = 10  # steps
    validate_every: int = 500  # steps; loss, rate and PSNR on the test scenes, and pictures
    tensorboard: bool = True  # write event files beside train.jsonl

    def validate(self, model: ModelConfig) -> None:
        """Raise `ConfigError` on a value that cannot work with `model`, or would do nothing."""
        for name in _POSITIVE:
            require(getattr(self, name) >= 1, f"train.{name}", getattr(self, name), "at least 1")
        for name in ("seed", "warmup_steps"):
            require(getattr(self, name) >= 0, f"train.{name}", getattr(self, name), "0 or more")
        fits = 0 < self.learning_rate < 1
        require(fits, "train.learning_rate", self.learning_rate, "above 0 and below 1")
        fits = 0 < self.decay_per_epoch <= 1
        require(fits, "train.decay_per_epoch", self.decay_per_epoch, "above 0 and at most 1")
        require_one_of(SCHEDULES, "train.schedule", self.schedule)
        require_one_of(PRECISIONS, "train.precision", self.precision)
        fits = self.schedule == "cosine" or self.warmup_steps == 0
        require(fits, "train.warmup_steps", self.warmup_steps, "0, or set train.schedule=cosine")
        for name in ("encoder_rate", "prior_rate"):
            fits = 0 < getattr(self, name) < math.inf
            require(fits, f"train.{name}", getattr(self, name), "above 0")
        fits = 0 <= self.clip_norm < math.inf
        require(fits, "train.clip_norm", self.clip_norm, "0 or more")
        fits = 0 <= self.ema_decay < 1
        require(fits, "train.ema_decay", self.ema_decay, "at least 0 and below 1")
        fits = 0 <= self.noise_share <= 1
        require(fits, "train.noise_share", self.noise_share, "0 to 1")
        both = bool(self.resume_from and self.pretrained)
        wanted = "empty where train.resume_from is set"
        require(not both, "train.pretrained", self.pretrained, wanted)
        if self.schedule != "decay":
            require_default(self, "train.decay_per_epoch", "set train.schedule=decay")
        if model.quantizer != LEARNED:
            require_default(self, "train.noise_share", "set model.quantizer=learned")
