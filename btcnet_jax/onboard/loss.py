"""What an encoder on board costs: symbols that differ from the float encoder's, PSNR and size of the file."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Int32

from btcnet_jax.codec import Level, network_codec
from btcnet_jax.codec.encoders import Analyzed
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import BANDS
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import quantizer_steps
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.parts.band_units import BandUnits
from btcnet_jax.parts.integers.quantizing import integer_encoder
from btcnet_jax.parts.integers.settings import Settings
from btcnet_jax.parts.integers.transform import calibrate
from btcnet_jax.parts.network import NetworkTransform
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene.scene import Scene


@dataclasses.dataclass(frozen=True, kw_only=True)
class IntegerLoss:
    """Of one scene at one level.

    Attributes:
        symbols: of the latent.
        differing: of them, with the scene's own ranges, those that are not the float encoder's.
        greatest: difference of a symbol.
        saturated: samples beyond what was calibrated to.
        psnr_db: of the scene decoded from the float encoder's file; None where nothing can be measured.
        integer_psnr_db: from that of the encoder on board.
        bpppb, integer_bpppb: of the files.
    """

    symbols: int
    differing: int
    greatest: int
    saturated: int
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


def integer_loss(saved: SavedModel, settings: Settings, scene: Scene, level: int) -> IntegerLoss:
    """Write a file of the float encoder, and that of the encoder on board; decode both, compare.

    Args:
        saved: the model.
        settings: of the encoder on board, of this scene or of another.
        scene: to measure on.
        level: of the model.
    """
    config, params, _ = saved
    floats = float_latent(config, params, scene)
    own = calibrate(config, params, [scene])[0]
    codec, onboard = network_codec(*saved), network_codec(*saved, settings=settings)
    analyzed = Analyzed(floats, own.scales)
    files = (
        (codec, codec.compress(scene, Level(level), analyzed=analyzed)),
        (onboard, onboard.compress(scene, Level(level))),
    )
    found = [evaluate_file(reader, scene, data) for reader, data in files]
    difference = np.abs(own.symbols(level) - float_symbols(params, floats, level))
    encoder = integer_encoder(config, params, settings.calibration, level)
    return IntegerLoss(
        symbols=difference.size,
        differing=int(np.count_nonzero(difference)),
        greatest=int(difference.max()),
        saturated=encoder.saturated(scene.values),
        psnr_db=found[0].quality.psnr_db,
        integer_psnr_db=found[1].quality.psnr_db,
        bpppb=found[0].bpppb,
        integer_bpppb=found[1].bpppb,
    )


def float_latent(config: ModelConfig, params: Params, scene: Scene) -> Symbols | np.ndarray:
    """What the float encoder makes of a scene with the scene's own ranges."""
    front_end = (BandUnits if config.normalization == BANDS else WholeRange)(config.bands)
    transform = NetworkTransform(config, params)
    facts = front_end.facts(scene)
    planes, _ = front_end.normalize(scene.values, facts, transform.multiple)
    latent: Symbols | np.ndarray = transform.analyze(planes)
    return latent


def float_symbols(
    params: Params, latent: Symbols | np.ndarray, level: int
) -> Int32[np.ndarray, "h w channels"]:
    """The symbols of the float encoder's latent."""
    if isinstance(latent, Symbols):
        return np.asarray(latent.indices, np.int32)
    return np.rint(latent / quantizer_steps(params)[level]).astype(np.int32)
