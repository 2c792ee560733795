"""What scales that are powers of two cost: against the encoder in integers, and against the float one."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Int32

from btcnet_jax.codec import Level, network_codec
from btcnet_jax.codec.encoders import Analyzed
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.onboard.loss import IntegerLoss, float_latent, float_symbols
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.parts.integers.calibration import Calibration
from btcnet_jax.parts.integers.power_of_two import power_of_two_encoder
from btcnet_jax.parts.integers.settings import Settings
from btcnet_jax.parts.integers.transform import calibrate
from btcnet_jax.scene.scene import Scene


@dataclasses.dataclass(frozen=True, kw_only=True)
class PowerOfTwoLoss:
    """Of one scene at one level.

    Attributes:
        differing, greatest: symbols that are not those of the encoder in integers, and by how much at most;
            with the scene's own ranges.
        differing_from_float, greatest_from_float: the same against the float encoder.
        psnr_db: of the scene decoded from the file; None where nothing can be measured.
        bpppb: of the file.
        integers: those that other scales have, of the same scene and settings.
    """

    differing: int
    greatest: int
    differing_from_float: int
    greatest_from_float: int
    psnr_db: float | None
    bpppb: float | None
    integers: IntegerLoss

    @property
    def loss_db(self) -> float | None:
        """PSNR lost against the encoder in integers."""
        return _lost(self.integers.integer_psnr_db, self.psnr_db)

    @property
    def float_loss_db(self) -> float | None:
        """PSNR lost against the float encoder."""
        return _lost(self.integers.psnr_db, self.psnr_db)

    def to_json(self) -> dict[str, Any]:
        """All of it but `integers`, ready for JSON."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del told["integers"]
        return told | {"loss_db": self.loss_db, "float_loss_db": self.float_loss_db}


def power_of_two_loss(
    saved: SavedModel, settings: Settings, scene: Scene, level: int, integers: IntegerLoss
) -> PowerOfTwoLoss:
    """Write a file of the symbols, as any decoder reads it, decode it, compare.

    Args:
        saved: the model.
        settings: of the encoder on board, of this scene or of another.
        scene: to measure on.
        level: of the model.
        integers: what `integer_loss` gives of the same.

    Raises:
        ConfigError: the model has no form in such scales.
    """
    config, params, _ = saved
    own = calibrate(config, params, [scene])[0]
    calibration, codec = settings.calibration, network_codec(*saved, settings=settings)
    symbols = _symbols(saved, calibration, scene, level)
    latent = calibration.latent
    written = symbols if latent is None else Symbols(symbols, *map(np.float32, latent))
    analyzed = Analyzed(written, calibration.scales)
    file = codec.compress(scene, Level(level), analyzed=analyzed)
    found = evaluate_file(codec, scene, file)
    mine = _symbols(saved, own.calibration, scene, level)
    floats = float_symbols(params, float_latent(config, params, scene), level)
    others, published = np.abs(mine - own.symbols(level)), np.abs(mine - floats)
    return PowerOfTwoLoss(
        differing=int(np.count_nonzero(others)),
        greatest=int(others.max()),
        differing_from_float=int(np.count_nonzero(published)),
        greatest_from_float=int(published.max()),
        psnr_db=found.quality.psnr_db,
        bpppb=found.bpppb,
        integers=integers,
    )


def _symbols(
    saved: SavedModel, calibration: Calibration, scene: Scene, level: int
) -> Int32[np.ndarray, "h w channels"]:
    encoder = power_of_two_encoder(saved.config, saved.params, calibration, level)
    return encoder.encode(scene.values.astype(encoder.dtype, copy=False))


def _lost(of: float | None, to: float | None) -> float | None:
    return None if of is None or to is None else of - to
