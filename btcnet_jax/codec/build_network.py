"""The codecs of trained networks: each a configuration of the same parts."""

from pathlib import Path

from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.level_encoder import LevelEncoder
from btcnet_jax.codec.target import Level
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import BANDS, CONTEXTS, LEARNED
from btcnet_jax.container.header import CodecId
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.parts.band_units import BandUnits
from btcnet_jax.parts.channel_contexts import ChannelContexts
from btcnet_jax.parts.integers.calibrated import CalibratedFrontEnd, CalibratedTables
from btcnet_jax.parts.integers.quantizing import has_quantized_weights, sums_fit
from btcnet_jax.parts.integers.settings import Settings, read_settings
from btcnet_jax.parts.integers.transform import IntegerTransform
from btcnet_jax.parts.learned_latent import LearnedLatent, PriorSymbols
from btcnet_jax.parts.network import NetworkDecoder, NetworkTransform
from btcnet_jax.parts.range_latent import RangeLatent, StaticTables, SymbolCoder
from btcnet_jax.parts.stream_coders import DEFAULT_CODER, coder_number, stream_coder
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.weights.coding_tables import coding_tables


def network_codec(
    config: ModelConfig,
    params: Params,
    tables: Tables | None = None,
    *,
    coder: str | SymbolCoder = DEFAULT_CODER,
    settings: Settings | None = None,
) -> Codec:
    """The codec of a BTC-Net, V1 or V2, its latent quantized by range or with learned steps.

    Args:
        config: of the model.
        params: of the model, float32.
        tables: the integer tables of a learned prior, as stored with the parameters; without them they
            are made anew.
        coder: that writes the symbols, "constriction" or "tfc"; or a coder of symbols quantized by range that
            brings tables of its own.
        settings: of an encoder on board, whose files are to be written: ranges and tables are these, whatever
            the scene's own are.

    Raises:
        ConfigError: no such coder, or not one for this model; or settings with another coder.
        MissingExtraError: the coder's library is not installed.
    """
    tables = tables or coding_tables(config, params)
    if settings is not None:
        if coder != DEFAULT_CODER:
            raise ConfigError("on board one coder writes: leave out --coder, or --calibration")
        if settings.tables:
            coder = CalibratedTables(settings.tables)
    latent = _network_latent(config, params, tables, coder)
    channels = config.latent_channels
    front_end = (BandUnits if config.normalization == BANDS else WholeRange)(config.bands)
    transform = NetworkTransform(config, params)
    integers = _integers(config, params, settings)
    if settings is not None:
        front_end = CalibratedFrontEnd(front_end, config.bands, settings.calibration)
    return Codec(
        name=f"BTC-Net {config.architecture.upper()}",
        about=_about(config),
        fingerprint=model_fingerprint(config, params, tables),
        header={
            "codec": CodecId.NETWORK,
            "coder": latent.coder_id,
            "bands": config.bands,
            "bits": config.bits,
            "latent_channels": channels,
        },
        front_end=front_end,
        latent=latent,
        decoder=NetworkDecoder(config, params),
        encoder=LevelEncoder(front_end, transform, latent, channels, integers),
        default=Level(config.rate_levels - 1),
    )


def calibrated_codec(saved: SavedModel, path: Path, coder: str = DEFAULT_CODER) -> Codec:
    """The codec whose files are those of an exported program.

    Args:
        saved: the model that was exported.
        path: of the export's calibration.json.
        coder: the default one.

    Raises:
        ConfigError: no such file, damaged, or of another model; or another coder.
    """
    config, params, tables = saved
    fingerprint = model_fingerprint(config, params, tables or coding_tables(config, params))
    try:
        settings = read_settings(path.read_bytes(), config, fingerprint)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return network_codec(*saved, coder=coder, settings=settings)


def _integers(
    config: ModelConfig, params: Params, settings: Settings | None
) -> IntegerTransform | None:
    """Of models whose weights are integers, and of whatever has settings to fly."""
    if settings is not None:
        return IntegerTransform(config, params, settings.calibration)
    wanted = has_quantized_weights(config) and sums_fit(config, params)
    return IntegerTransform(config, params) if wanted else None


def _network_latent(
    config: ModelConfig, params: Params, tables: Tables, coder: str | SymbolCoder
) -> LearnedLatent | RangeLatent:
    if not isinstance(coder, str):
        return RangeLatent(config, coder)
    number = coder_number(coder)
    contexts = config.quantizer == LEARNED and config.coding == CONTEXTS
    if contexts and number not in ChannelContexts.coders:
        raise ConfigError(
            f"this model's symbols are coded by contexts, with {DEFAULT_CODER} alone: leave out "
            f"--coder {coder}"
        )
    stream_coder(number)
    if config.quantizer == LEARNED:
        symbols = ChannelContexts(tables) if contexts else PriorSymbols(tables)
        return LearnedLatent(config, params, symbols, number)
    if config.bits == UNQUANTIZED_BITS and coder != DEFAULT_CODER:
        raise ConfigError(
            f"this model's latent is not quantized and stands in the file as it is: leave out --coder {coder}"
        )
    return RangeLatent(config, StaticTables(number))


def _about(config: ModelConfig) -> str:
    if config.quantizer == LEARNED:
        model = "integer contexts" if config.coding == CONTEXTS else f"{config.prior} prior"
        latent = f"{config.latent_channels} channels, {model}, {config.rate_levels} rates"
    else:
        latent = f"{config.latent_channels} channels of {config.bits} bits"
    return f"one network for {config.bands} bands, {latent}"
