"""Codecs by the names that the command line takes."""

from collections.abc import Callable, Sequence

import imagecodecs

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.codecs.klt_jpeg2000 import KltJpeg2000
from btcnet_benchmark.codecs.library_method import Method, available
from btcnet_benchmark.codecs.library_peer import LibraryPeer
from btcnet_benchmark.codecs.picture_coders import Htj2k, JpegLs, JpegXl
from btcnet_benchmark.codecs.pictures import LosslessPictures, LossyPictures
from btcnet_benchmark.codecs.volumes import Sperr, Sz3, Zfp
from btcnet_jax.errors import ConfigError


def _btcnet(folder: str, huffman: bool) -> Peer:
    from btcnet_benchmark.codecs.btcnet import BtcnetPeer

    return BtcnetPeer(folder, huffman=huffman)


def _universal(ensemble: int = 1, **asked: str) -> Peer:
    from btcnet_jax.codec import load

    return load(ensemble=ensemble, **asked)


def _bounded() -> Peer:
    from btcnet_jax.codec import load

    return load("bounded")


_LIBRARIES: dict[str, Callable[[], Method]] = {
    "sperr": Sperr,
    "sz3": Sz3,
    "zfp": Zfp,
    "jpegls": lambda: LosslessPictures(JpegLs()),
    "jpegxl": lambda: LosslessPictures(JpegXl()),
    "jpegxl-lossy": lambda: LossyPictures(JpegXl()),
    "htj2k": lambda: LosslessPictures(Htj2k()),
    "htj2k-lossy": lambda: LossyPictures(Htj2k()),
}
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
    "universal-decoder-full": lambda: _universal(decoder="full"),
    "bounded": _bounded,
}
_OF_A_MODEL: dict[str, Callable[[str], Peer]] = {
    "btcnet": lambda folder: _btcnet(folder, huffman=False),
    "btcnet-huffman": lambda folder: _btcnet(folder, huffman=True),
}

NAMES = (*_PLAIN, *_LIBRARIES, *(f"{name}:MODEL" for name in _OF_A_MODEL))
"""What `make_codecs` takes; MODEL is the folder of a trained run, or a name that `btcnet models` lists."""


def make_codecs(words: Sequence[str]) -> list[Peer]:
    """The codecs of these names, each ready to use.

    Raises:
        ConfigError: an unknown name, none, two codecs that tables would call the same, or one that
            `missing_codecs` tells of.
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


def missing_codecs(words: Sequence[str]) -> dict[str, str]:
    """Which of these names no codec can be made of here, and why: builds of imagecodecs lack some coders."""
    methods = {word: _LIBRARIES[word]() for word in words if word in _LIBRARIES}
    return {
        word: f"{word} is left out: imagecodecs {imagecodecs.__version__} here lacks {method.library}"
        for word, method in methods.items()
        if not available(method.library)
    }


def _make(word: str) -> Peer:
    name, colon, folder = word.partition(":")
    if not colon and name in _PLAIN:
        return _PLAIN[name]()
    if not colon and name in _LIBRARIES:
        for why in missing_codecs([word]).values():
            raise ConfigError(why)
        return LibraryPeer(_LIBRARIES[name]())
    if folder and name in _OF_A_MODEL:
        return _OF_A_MODEL[name](folder)
    raise ConfigError(f"{word}: no such codec; there are {', '.join(NAMES)}")
