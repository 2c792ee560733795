"""The entropy coders of networks' latents: what users call them, and what a file's header does."""

from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.streams import StreamCoder
from btcnet_jax.coding.tfc_coder import TFC
from btcnet_jax.container.header import CoderId
from btcnet_jax.errors import ConfigError

_CODERS: dict[int, StreamCoder] = {CoderId.RANGE: CONSTRICTION, CoderId.TFC: TFC}

STREAM_CODERS = frozenset(_CODERS)
"""Their numbers in a header, each a `CoderId`."""

DEFAULT_CODER = CONSTRICTION.name


def stream_coder(number: int) -> StreamCoder:
    """The coder of a header's number, one of `STREAM_CODERS`.

    Raises:
        MissingExtraError: its library is not installed.
    """
    coder = _CODERS[number]
    coder.require()
    return coder


def coder_number(name: str) -> CoderId:
    """The number of a coder that a user names.

    Raises:
        ConfigError: there is no such coder.
    """
    for number, coder in _CODERS.items():
        if coder.name == name:
            return CoderId(number)
    names = " or ".join(coder.name for coder in _CODERS.values())
    raise ConfigError(f"there is no coder {name!r:.40}: name {names}")
