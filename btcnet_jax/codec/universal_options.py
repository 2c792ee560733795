"""What the universal codec can be told, by the words that `load` takes, and what it is called then."""

from enum import StrEnum

from btcnet_jax.container.header import Objective
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.goal import Effort
from btcnet_jax.parts.quantization import Quantization


class DecoderName(StrEnum):
    """What restores details of the universal codec's files; `--decoder` and `load(decoder=...)` take these.

    LIGHT: the detail network of the weights. FULL: the larger network that ships beside them. NONE: nothing
    does; what the file holds is transformed back.
    """

    LIGHT = "light"
    FULL = "full"
    NONE = "none"


# Paths through a plane are more than an encoder computes that is to fly.
_USUAL = {
    Effort.LIGHT: Quantization.SCALAR,
    Effort.FULL: Quantization.DEPENDENT,
    Effort.MOST: Quantization.DEPENDENT,
}


def refuse_universal_options(
    optimize: object, effort: object, quantization: object, weights: object, decoder: object
) -> None:
    """Raise ConfigError on what a trained model cannot be told."""
    if decoder is not None:
        raise ConfigError(
            f"a trained model's decoder is its network: leave out --decoder {decoder}, or --model"
        )
    if weights is not None:
        raise ConfigError(
            "--weights are of the universal codec, a trained model has its own: leave out one"
        )
    for name, given, text in (
        ("optimize", optimize, "makes best what it was trained for"),
        ("effort", effort, "has an encoder that is what it is"),
        ("quantization", quantization, "has quantizers of its own"),
    ):
        if given is not None:
            raise ConfigError(f"a trained model {text}: leave out --{name} {given}, or --model")


def objective_of(optimize: object) -> Objective:
    """What files are made best for; ConfigError on another word."""
    names = [each.name.lower() for each in Objective]
    chosen = _one_of(
        names, "balanced" if optimize is None else optimize, "the codec is made best for"
    )
    return Objective[chosen.upper()]


def decoder_of(decoder: object, weights: object) -> DecoderName:
    """What restores files; ConfigError on another word, or on the full one beside weights of one's own."""
    names = [each.value for each in DecoderName]
    chosen = DecoderName.LIGHT if decoder is None else decoder
    name = DecoderName(_one_of(names, chosen, "files of the universal codec are decoded with"))
    if name == DecoderName.FULL and weights is not None:
        raise ConfigError(
            "weights of one's own have one network: leave out --decoder full, or --weights"
        )
    return name


def effort_of(effort: object) -> Effort:
    """How much the encoder computes; ConfigError on another word."""
    names = [each.value for each in Effort]
    return Effort(
        _one_of(names, Effort.FULL if effort is None else effort, "the encoder's effort is")
    )


def quantization_of(quantization: object, effort: Effort, weights: object) -> Quantization:
    """Of symbols, by effort where nothing is said; ConfigError on another word."""
    if quantization is None:
        return _USUAL[effort] if weights is None else Quantization.SCALAR
    names = [each.value for each in Quantization]
    return Quantization(_one_of(names, quantization, "quantization is"))


def _one_of(names: list[str], given: object, what: str) -> str:
    if not isinstance(given, str) or given not in names:
        shown = given if isinstance(given, str) else type(given).__name__
        raise ConfigError(f"{what} {', '.join(names)}, not {shown:.40}")
    return given


def universal_name(
    objective: Objective,
    effort: Effort,
    quantization: Quantization,
    ensemble: int,
    decoder: DecoderName,
) -> str:
    """What the codec is called, by what is not usual about it."""
    name = "universal" + ("" if objective == Objective.BALANCED else f"-{objective.name.lower()}")
    name += "" if effort == Effort.FULL else f"-{effort}"
    name += "" if quantization == _USUAL[effort] else f"-{quantization}"
    name += "" if decoder == DecoderName.LIGHT else f", decoder {decoder}"
    return name + (f", ensemble of {ensemble}" if ensemble > 1 else "")
