"""The codecs by name, and the universal one.

A network's are in `build_network`, imported when one is asked for: the universal codec's encoder needs no JAX,
whose import takes longer than a small scene.
"""

import functools
from pathlib import Path
from typing import Any

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.target import Rate
from btcnet_jax.codec.tile_encoder import TileEncoder
from btcnet_jax.codec.universal_options import (
    DecoderName,
    decoder_of,
    effort_of,
    objective_of,
    quantization_of,
    refuse_universal_options,
    universal_name,
)
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.config import UNQUANTIZED_BITS
from btcnet_jax.container.header import CodecId, CoderId, Objective
from btcnet_jax.errors import CheckpointError, ConfigError
from btcnet_jax.parts.bounded_samples import TILE_SIDE as BOUNDED_TILE_SIDE
from btcnet_jax.parts.bounded_samples import BoundedLatent, CodeDecoder, SampleCodes
from btcnet_jax.parts.context_latent import TILE_SIDE, ContextLatent
from btcnet_jax.parts.details import BlockDecoder
from btcnet_jax.parts.ensembles import require_ensemble
from btcnet_jax.parts.goal import Effort
from btcnet_jax.parts.quantization import Quantization
from btcnet_jax.parts.scene_basis import SceneBasis
from btcnet_jax.parts.stream_coders import DEFAULT_CODER, coder_number, stream_coder
from btcnet_jax.scene.lines import CODED_SAMPLES
from btcnet_jax.weights.named_contexts import DEPENDENT, EARLIER, named_contexts
from btcnet_jax.weights.weight_file import UniversalWeights, load_full_network, load_weights
from btcnet_jax.zoo import is_bounded, is_universal, load_model

_BEST = {
    Objective.PSNR: "PSNR per band",
    Objective.RMSE: "squared error",
    Objective.SAM: "spectral angle",
    Objective.BALANCED: "PSNR per band and squared error",
}
_CHOSEN = {Quantization.SCALAR: "", Quantization.DEPENDENT: "dependent quantization, "}

BOUNDED_FINGERPRINT = b"bounded1"
"""Of the bounded codec, which has no weights: the version of its arithmetic."""

_PLAIN_TAGS = {"btcnet_details": "not restored: decoded without a network"}

DEFAULT_BPPPB = 0.1
"""Rate of the universal codec where none is asked for, in bits a pixel and band."""


def load(
    model: str | Path | None = None,
    *,
    ensemble: int = 1,
    coder: str = DEFAULT_CODER,
    optimize: str | None = None,
    effort: str | None = None,
    quantization: str | None = None,
    weights: str | Path | None = None,
    decoder: str | None = None,
    calibration: str | Path | None = None,
) -> Codec:
    """The universal codec, or that of a trained model.

    Args:
        model: a name that `btcnet models` lists, a packed file, or the folder of a trained run, whose newest
            checkpoint is taken; None or "universal" for the universal codec, whose weights ship and are
            loaded once; "bounded" for the codec that bounds every sample's error.
        ensemble: views that the universal codec's decoder averages over: 1, 2, 4 or 8.
        coder: that writes a trained model's symbols, "constriction" or "tfc"; a file says which to read with.
        optimize: what the universal codec makes best, "psnr", "rmse", "sam" or "balanced" between them (so if
            None); files of all are read alike. A trained model makes best what it was trained for.
        effort: how much the universal codec's encoder computes, "full" (so if None), "light", as little as the
            published encoder, or "most": see `Effort`. Of "bounded", whether a base is sought, full or light.
        quantization: of the universal codec's symbols, each by itself ("scalar") or all of a plane together
            ("dependent"); files of both are read alike. See `Quantization`. If None, "dependent" where the
            effort is not light and the weights are those that ship, else "scalar".
        weights: file of universal weights in place of those that ship. Files of either are read by both if
            their contexts are the same, and those of contexts that shipped before by all; the network is that
            of the reader.
        decoder: of the universal codec's files, "light" (so if None), "full", a larger network: better and
            several times slower, or "none", which restores no details: faster, and the scenes say so in a tag.
        calibration: the calibration.json that `btcnet export` wrote for this trained model: files are those
            that the exported program writes, with ranges and tables of the scene that was calibrated to.

    Raises:
        CheckpointError: no such model or weights, or some that cannot be used.
        ConfigError: another ensemble, no such coder, or not one for this codec; likewise `optimize`,
            `effort`, `quantization`, `weights`, `decoder` and `calibration`.
        MissingExtraError: the coder's library is not installed.
    """
    if model is not None and not isinstance(model, (str, Path)):
        raise CheckpointError(f"a model is a name or a path, not {type(model).__name__}")
    if calibration is not None and (is_bounded(model) or is_universal(model)):
        raise ConfigError(
            "a calibration is of a trained model that was exported: name it with --model, or leave out "
            "--calibration"
        )
    number, objective, spent = coder_number(coder), objective_of(optimize), effort_of(effort)
    quantized = quantization_of(quantization, spent, weights)
    if is_bounded(model):
        if not (
            coder == DEFAULT_CODER
            and ensemble == 1
            and optimize is quantization is weights is decoder is None
        ):
            raise ConfigError(
                "a bound of the error has one way to be kept: leave out --coder, --optimize, --quantization, "
                "--decoder, weights and ensemble"
            )
        if spent == Effort.MOST:
            raise ConfigError(
                "a bound of the error has no more to seek than full effort does: leave out --effort most"
            )
        return bounded_codec(effort=spent)
    named = decoder_of(decoder, weights)
    if is_universal(model):
        if coder != DEFAULT_CODER:
            raise ConfigError(
                f"the universal codec's contexts are coded with {DEFAULT_CODER} alone: leave out "
                f"--coder {coder}, or name a trained model (--model)"
            )
        chosen = shipped_weights() if weights is None else load_weights(Path(weights))
        return universal_codec(
            chosen,
            ensemble=ensemble,
            objective=objective,
            effort=spent,
            quantization=quantized,
            decoder=named,
        )
    refuse_universal_options(optimize, effort, quantization, weights, decoder)
    assert model is not None
    # Before the model is read: whether the coder is there at all.
    stream_coder(number)
    from btcnet_jax.codec.build_network import calibrated_codec, network_codec

    saved = load_model(model)
    if calibration is not None:
        return calibrated_codec(saved, Path(calibration), coder)
    return network_codec(*saved, coder=coder)


def universal_codec(
    weights: UniversalWeights,
    *,
    ensemble: int = 1,
    objective: Objective = Objective.BALANCED,
    effort: Effort = Effort.FULL,
    quantization: Quantization = Quantization.SCALAR,
    tile_side: int = TILE_SIDE,
    whole: int = CODED_SAMPLES,
    decoder: DecoderName = DecoderName.LIGHT,
) -> Codec:
    """The codec that finds its transform on the scene: any sensor, any bands, any rate.

    A file is the scene's own spectral transform, coded, and quantized coefficients of 4 x 4 blocks of its
    components, their symbols coded by integer contexts. The decoder adds details that a network restores.

    Args:
        weights: of contexts and network.
        ensemble: views that the network averages over by default.
        objective: what its files are made best for; it reads those of all.
        effort: of its encoder.
        quantization: of its symbols; it reads files of both.
        decoder: of its files.
        tile_side: least blocks a side of the tiles that it cuts scenes into; it reads those of all.
        whole: samples of a scene that is coded and restored as a whole; larger ones tile by tile.
    """
    require_ensemble(ensemble)
    dependent = quantization == Quantization.DEPENDENT
    own, scalar = DEPENDENT if dependent else weights.fingerprint, ContextCoder(weights.context)
    others = {name: functools.partial(_named_coder, name) for name in (*EARLIER, DEPENDENT)}
    coders = others | {weights.fingerprint: lambda: scalar}
    latent = ContextLatent(coders.pop(own)(), tile_side, coders)
    light = BlockDecoder(weights.detail)
    restoring, network = _restoring(decoder, light, weights.network)
    return Codec(
        name=universal_name(objective, effort, quantization, ensemble, decoder),
        about=(
            f"spectral KLT of the scene for {_BEST[objective]}, 4 x 4 DCT, {_CHOSEN[quantization]}integer "
            f"contexts, {_details(network)}; one set of weights"
        ),
        fingerprint=own,
        header={
            "codec": CodecId.UNIVERSAL,
            "coder": CoderId.RANGE,
            "bits": UNQUANTIZED_BITS,
        },
        front_end=SceneBasis(),
        latent=latent,
        decoder=restoring,
        # Symbols are chosen with the light network in mind, whatever restores: nearly as good for the other.
        encoder=TileEncoder(latent, light, objective, effort),
        default=Rate(DEFAULT_BPPPB, or_smallest=True),
        ensemble=ensemble,
        network=network,
        others=frozenset(coders),
        whole=whole,
        tags=_PLAIN_TAGS if network is None else {},
    )


def _restoring(
    decoder: DecoderName, light: BlockDecoder, name: bytes
) -> tuple[BlockDecoder, bytes | None]:
    """What restores files, and the name of its network."""
    if decoder == DecoderName.NONE:
        return BlockDecoder(None), None
    if decoder == DecoderName.LIGHT:
        return light, name
    params, full = full_network()
    return BlockDecoder(params), full


def _details(network: bytes | None) -> str:
    return "no network" if network is None else f"detail network {network.hex()}"


def bounded_codec(
    *,
    tile_side: int = BOUNDED_TILE_SIDE,
    whole: int = CODED_SAMPLES,
    effort: Effort = Effort.FULL,
) -> Codec:
    """The codec that keeps a `Bound`: samples predicted from decoded ones, errors quantized in the loop.

    Any sensor, any bands, integers and floats. Its default bound is 0: every valid sample comes back as it was.

    Args:
        tile_side: least blocks of 4 x 4 samples a side of the tiles that it cuts scenes into.
        whole: samples of a scene that is restored as a whole; larger ones by rows of tiles.
        effort: whether a base is sought (full), which takes longer both ways and mostly gives smaller files.
            All are read alike.
    """
    from btcnet_jax.codec.bound_encoder import BoundEncoder

    own = shipped_weights().fingerprint
    # What ships later stands beside these, whose files are read for ever.
    contexts = {own: _shipped_coder}
    latent = BoundedLatent(tile_side, contexts)
    return Codec(
        name="bounded" if effort == Effort.FULL else f"bounded-{effort}",
        about=(
            "samples, or what they are beside a base of the universal codec, predicted by least squares of"
            " decoded ones, adaptive binary contexts, all in integers"
        ),
        fingerprint=BOUNDED_FINGERPRINT,
        header={
            "codec": CodecId.BOUNDED,
            "coder": CoderId.RANGE,
            "bits": UNQUANTIZED_BITS,
        },
        front_end=SampleCodes(),
        latent=latent,
        decoder=CodeDecoder(),
        encoder=BoundEncoder(latent, (own, contexts[own]), effort),
        default=Bound(0),
        others=frozenset(contexts),
        whole=whole,
    )


@functools.cache
def _shipped_coder() -> ContextCoder:
    return ContextCoder(shipped_weights().context)


@functools.cache
def _named_coder(fingerprint: bytes) -> ContextCoder:
    return ContextCoder(named_contexts(fingerprint))


@functools.cache
def shipped_weights() -> UniversalWeights:
    """The weights that ship, read once.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    return load_weights()


@functools.cache
def full_network() -> tuple[dict[str, Any], bytes]:
    """The larger network that ships, read once, and its name.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    return load_full_network()
