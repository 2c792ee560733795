"""The codecs of trained networks: each a configuration of the same parts."""

from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.encoders import LevelEncoder
from btcnet_jax.codec.target import Level
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import BANDS, CONTEXTS, LEARNED
from btcnet_jax.container.header import CodecId
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.parts.band_units import BandUnits
from btcnet_jax.parts.channel_contexts import ChannelContexts
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
) -> Codec:
    """The codec of a BTC-Net, V1 or V2, its latent quantized by range or with learned steps.

    Args:
        config: of the model.
        params: of the model, float32.
        tables: the integer tables of a learned prior, as stored with the parameters; without them they
            are made anew.
        coder: that writes the symbols, "constriction" or "tfc"; or a coder of symbols quantized by range that
            brings tables of its own.

    Raises:
        ConfigError: no such coder, or not one for this model.
        MissingExtraError: the coder's library is not installed.
    """
    tables = tables or coding_tables(config, params)
    latent = _network_latent(config, params, tables, coder)
    channels = config.latent_channels
    front_end = (BandUnits if config.normalization == BANDS else WholeRange)(config.bands)
    transform = NetworkTransform(config, params)
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
        encoder=LevelEncoder(front_end, transform, latent, channels),
        default=Level(config.rate_levels - 1),
    )


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
