"""What integers cost: symbols that differ from the float encoder's, and PSNR of the decoded scene."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Int32

from btcnet_jax.codec import Codec, Level
from btcnet_jax.codec.encoders import Analyzed
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import quantizer_steps
from btcnet_jax.onboard.calibration import Calibration
from btcnet_jax.onboard.integer_encoder import IntegerEncoder
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.scene.scene import Scene


@dataclasses.dataclass(frozen=True, kw_only=True)
class IntegerLoss:
    """Of one scene at one level.

    Attributes:
        symbols: of the latent.
        differing: of them, those that are not the float encoder's.
        greatest: difference of a symbol.
        psnr_db: of the scene decoded from the float encoder's symbols; None where nothing can be measured.
        integer_psnr_db: from those in integers.
        bpppb, integer_bpppb: of the files.
    """

    symbols: int
    differing: int
    greatest: int
    psnr_db: float | None
    integer_psnr_db: float | None
    bpppb: float | None
    integer_bpppb: float | None

    @property
    def share(self) -> float:
        """Of symbols that differ."""
        return self.differing / self.symbols

    @property
    def loss_db(self) -> float | None:
        """PSNR that integers cost."""
        if self.psnr_db is None or self.integer_psnr_db is None:
            return None
        return self.psnr_db - self.integer_psnr_db

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return dataclasses.asdict(self) | {"share": self.share, "loss_db": self.loss_db}


def integer_loss(
    codec: Codec,
    config: ModelConfig,
    params: Params,
    encoder: IntegerEncoder,
    calibration: Calibration,
    scene: Scene,
    level: int,
) -> IntegerLoss:
    """Write a file of either encoder's symbols, decode both, compare; the codec reads both alike.

    Args:
        codec: of the model.
        config, params: of the model.
        encoder: of the model at this level.
        calibration: of this very scene.
        scene: to measure on.
        level: of the model.
    """
    published = float_symbols(config, params, calibration, level)
    integers = encoder.encode(scene.values)
    latent: Any = integers
    if isinstance(calibration.latent, Symbols):
        latent = calibration.latent._replace(indices=integers)
    found = [
        evaluate_file(codec, scene, codec.compress(scene, Level(level), analyzed=analyzed))
        for analyzed in (
            Analyzed(each, calibration.scales) for each in (calibration.latent, latent)
        )
    ]
    difference = np.abs(integers - published)
    return IntegerLoss(
        symbols=difference.size,
        differing=int(np.count_nonzero(difference)),
        greatest=int(difference.max()),
        psnr_db=found[0].quality.psnr_db,
        integer_psnr_db=found[1].quality.psnr_db,
        bpppb=found[0].bpppb,
        integer_bpppb=found[1].bpppb,
    )


def float_symbols(
    config: ModelConfig, params: Params, calibration: Calibration, level: int
) -> Int32[np.ndarray, "h w channels"]:
    """The symbols of the scene that was calibrated to, as the codec on the ground writes them."""
    if isinstance(calibration.latent, Symbols):
        return np.asarray(calibration.latent.indices, np.int32)
    return np.rint(calibration.latent / quantizer_steps(params)[level]).astype(np.int32)
