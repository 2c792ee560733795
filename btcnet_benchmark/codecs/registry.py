"""Codecs by the names that the command line takes."""

from collections.abc import Callable, Sequence

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.codecs.klt_jpeg2000 import KltJpeg2000
from btcnet_jax.errors import ConfigError


def _btcnet(folder: str, huffman: bool) -> Peer:
    from btcnet_benchmark.codecs.btcnet import BtcnetPeer

    return BtcnetPeer(folder, huffman=huffman)


def _universal(ensemble: int = 1, **asked: str) -> Peer:
    from btcnet_jax.codec import load

    return load(ensemble=ensemble, **asked)


_PLAIN: dict[str, Callable[[], Peer]] = {
    "klt-jpeg2000": KltJpeg2000,
    "klt-jpeg2000-weighted": lambda: KltJpeg2000(weighted=True),
    "universal": _universal,
    "universal-psnr": lambda: _universal(optimize="psnr"),
    "universal-rmse": lambda: _universal(optimize="rmse"),
    "universal-sam": lambda: _universal(optimize="sam"),
    "universal-light": lambda: _universal(effort="light"),
    "universal-scalar": lambda: _universal(quantization="scalar"),
    "universal-ensemble": lambda: _universal(8),
}
_OF_A_MODEL: dict[str, Callable[[str], Peer]] = {
    "btcnet": lambda folder: _btcnet(folder, huffman=False),
    "btcnet-huffman": lambda folder: _btcnet(folder, huffman=True),
}

NAMES = (*_PLAIN, *(f"{name}:MODEL" for name in _OF_A_MODEL))
"""What `make_codecs` takes; MODEL is the folder of a trained run, or a name that `btcnet models` lists."""


def make_codecs(words: Sequence[str]) -> list[Peer]:
    """The codecs of these names, each ready to use.

    Raises:
        ConfigError: an unknown name, none, or two codecs that tables would call the same.
        CheckpointError: a model's folder holds no usable checkpoint.
    """
    codecs = [_make(word) for word in words]
    if not codecs:
        raise ConfigError(f"name a codec: {', '.join(NAMES)}")
    names = [codec.name for codec in codecs]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two codecs are called {name}: measure them in benchmarks apart")
    return codecs


def _make(word: str) -> Peer:
    name, colon, folder = word.partition(":")
    if not colon and name in _PLAIN:
        return _PLAIN[name]()
    if folder and name in _OF_A_MODEL:
        return _OF_A_MODEL[name](folder)
    raise ConfigError(f"{word}: no such codec; there are {', '.join(NAMES)}")
