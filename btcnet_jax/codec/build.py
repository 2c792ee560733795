"""The codecs there are: each a configuration of the same parts."""

import functools
from pathlib import Path

from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.encoders import LevelEncoder, StepEncoder
from btcnet_jax.codec.target import Level, Rate
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import BANDS, CONTEXTS, LEARNED
from btcnet_jax.container.header import CodecId, CoderId, Objective
from btcnet_jax.errors import CheckpointError, ConfigError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.parts.band_units import BandUnits
from btcnet_jax.parts.channel_contexts import ChannelContexts
from btcnet_jax.parts.context_latent import TILE_SIDE, ContextLatent
from btcnet_jax.parts.details import BlockDecoder, require_ensemble
from btcnet_jax.parts.goal import Effort
from btcnet_jax.parts.learned_latent import LearnedLatent, PriorSymbols
from btcnet_jax.parts.network import NetworkDecoder, NetworkTransform
from btcnet_jax.parts.range_latent import RangeLatent, StaticTables, SymbolCoder
from btcnet_jax.parts.scene_basis import SceneBasis
from btcnet_jax.parts.stream_coders import DEFAULT_CODER, coder_number, stream_coder
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.weights.coding_tables import coding_tables
from btcnet_jax.weights.earlier_contexts import EARLIER, earlier_contexts
from btcnet_jax.weights.weight_file import UniversalWeights, load_weights
from btcnet_jax.zoo import is_universal, load_model

DEFAULT_BPPPB = 0.1
"""Rate of the universal codec where none is asked for, in bits a pixel and band."""


def load(
    model: str | Path | None = None,
    *,
    ensemble: int = 1,
    coder: str = DEFAULT_CODER,
    optimize: str | None = None,
    effort: str | None = None,
    weights: str | Path | None = None,
) -> Codec:
    """The universal codec, or that of a trained model.

    Args:
        model: a name that `btcnet models` lists, a packed file, or the folder of a trained run, whose newest
            checkpoint is taken; None or "universal" for the universal codec, whose weights ship and are
            loaded once.
        ensemble: views that the universal codec's decoder averages over: 1, 2, 4 or 8.
        coder: that writes a trained model's symbols, "constriction" or "tfc"; a file says which to read with.
        optimize: what the universal codec makes best, "psnr", "rmse", "sam" or "balanced" between them (so if
            None); files of all are read alike. A trained model makes best what it was trained for.
        effort: how much the universal codec's encoder computes, "full" (so if None) or "light", as little as
            the published encoder: see `Effort`.
        weights: file of universal weights in place of those that ship. Files of either are read by both if
            their contexts are the same, and those of contexts that shipped before by all; the network is that
            of the reader.

    Raises:
        CheckpointError: no such model or weights, or some that cannot be used.
        ConfigError: another ensemble, no such coder, or not one for this codec; likewise `optimize`,
            `effort` and `weights`.
        MissingExtraError: the coder's library is not installed.
    """
    if model is not None and not isinstance(model, (str, Path)):
        raise CheckpointError(f"a model is a name or a path, not {type(model).__name__}")
    number, objective, spent = coder_number(coder), _objective(optimize), _effort(effort)
    if is_universal(model):
        if coder != DEFAULT_CODER:
            raise ConfigError(
                f"the universal codec's contexts are coded with {DEFAULT_CODER} alone: leave out "
                f"--coder {coder}, or name a trained model (--model)"
            )
        chosen = shipped_weights() if weights is None else load_weights(Path(weights))
        return universal_codec(chosen, ensemble=ensemble, objective=objective, effort=spent)
    if weights is not None:
        raise ConfigError(
            "--weights are of the universal codec, a trained model has its own: leave out one"
        )
    assert model is not None
    if optimize is not None:
        raise ConfigError(
            f"a trained model makes best what it was trained for: leave out --optimize {optimize}, or --model"
        )
    if effort is not None:
        raise ConfigError(
            f"a trained model's encoder is what it is: leave out --effort {effort}, or --model"
        )
    # Before the model is read: whether the coder is there at all.
    stream_coder(number)
    return network_codec(*load_model(model), coder=coder)


def _objective(optimize: object) -> Objective:
    names = [each.name.lower() for each in Objective]
    chosen = _one_of(names, "balanced" if optimize is None else optimize, "the codec is made best for")
    return Objective[chosen.upper()]


def _effort(effort: object) -> Effort:
    names = [each.value for each in Effort]
    return Effort(
        _one_of(names, Effort.FULL if effort is None else effort, "the encoder's effort is")
    )


def _one_of(names: list[str], given: object, what: str) -> str:
    if not isinstance(given, str) or given not in names:
        shown = given if isinstance(given, str) else type(given).__name__
        raise ConfigError(f"{what} {', '.join(names)}, not {shown:.40}")
    return given


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


def universal_codec(
    weights: UniversalWeights,
    *,
    ensemble: int = 1,
    objective: Objective = Objective.BALANCED,
    effort: Effort = Effort.FULL,
    tile_side: int = TILE_SIDE,
) -> Codec:
    """The codec that finds its transform on the scene: any sensor, any bands, any rate.

    A file is the scene's own spectral transform, coded, and quantized coefficients of 4 x 4 blocks of its
    components, their symbols coded by integer contexts. The decoder adds details that a network restores.

    Args:
        weights: of contexts and network.
        ensemble: views that the network averages over by default.
        objective: what its files are made best for; it reads those of all.
        effort: of its encoder.
        tile_side: least blocks a side of the tiles that it cuts scenes into; it reads those of all.
    """
    require_ensemble(ensemble)
    earlier = {name: functools.partial(_earlier_coder, name) for name in EARLIER}
    latent = ContextLatent(ContextCoder(weights.context), tile_side, earlier)
    decoder = BlockDecoder(weights.detail)
    return Codec(
        name=_universal_name(objective, effort, ensemble),
        about=(
            f"spectral KLT of the scene for {_BEST[objective]}, 4 x 4 DCT, integer contexts, detail network "
            f"{weights.network.hex()}; one set of weights"
        ),
        fingerprint=weights.fingerprint,
        header={
            "codec": CodecId.UNIVERSAL,
            "coder": CoderId.RANGE,
            "bits": UNQUANTIZED_BITS,
        },
        front_end=SceneBasis(),
        latent=latent,
        decoder=decoder,
        encoder=StepEncoder(latent, decoder, objective, effort),
        default=Rate(DEFAULT_BPPPB, or_smallest=True),
        ensemble=ensemble,
        network=weights.network,
        earlier=EARLIER,
    )


@functools.cache
def _earlier_coder(fingerprint: bytes) -> ContextCoder:
    return ContextCoder(earlier_contexts(fingerprint))


_BEST = {
    Objective.PSNR: "PSNR per band",
    Objective.RMSE: "squared error",
    Objective.SAM: "spectral angle",
    Objective.BALANCED: "PSNR per band and squared error",
}


def _universal_name(objective: Objective, effort: Effort, ensemble: int) -> str:
    name = "universal" + ("" if objective == Objective.BALANCED else f"-{objective.name.lower()}")
    name += "" if effort == Effort.FULL else f"-{effort}"
    return name + (f", ensemble of {ensemble}" if ensemble > 1 else "")


@functools.cache
def shipped_weights() -> UniversalWeights:
    """The weights that ship, read once.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    return load_weights()


def _about(config: ModelConfig) -> str:
    if config.quantizer == LEARNED:
        model = "integer contexts" if config.coding == CONTEXTS else f"{config.prior} prior"
        latent = f"{config.latent_channels} channels, {model}, {config.rate_levels} rates"
    else:
        latent = f"{config.latent_channels} channels of {config.bits} bits"
    return f"one network for {config.bands} bands, {latent}"
