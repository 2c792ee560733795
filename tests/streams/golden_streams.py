"""Writes the golden files: small `.btcn` of every codec and every kind of section, and what they decode to.

python tests/streams/golden_streams.py NAME ...   # files that are there are written with --again

Names that end in `_tfc` are written and decoded in the environment of the extra [tfc] (`make test-tfc`); they
have no arrays of their own, as latent and samples are those of the file without the ending.

Until release 0.2.0 they may be written again on purpose, each time named in the CHANGELOG; from then on never.
Those of contexts that shipped before (`EARLIER_CONTEXTS`) are only read: the codec writes others now.
"""

import io
import sys
from pathlib import Path

import numpy as np

from btcnet_jax.codec import (
    Bound,
    Codec,
    Rate,
    bound_encoder,
    bounded_codec,
    load,
    network_codec,
    universal_codec,
)
from btcnet_jax.codec.planning import plan
from btcnet_jax.config import DecoderConfig, ModelConfig, V1Config
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.models.channel_layout import channel_layout
from btcnet_jax.models.initialization import init_params
from btcnet_jax.scene import Scene
from btcnet_jax.scene.window import window
from btcnet_jax.weights.named_contexts import named_contexts
from btcnet_jax.weights.weight_file import load_weights

FOLDER = Path(__file__).parent
BANDS = 6
_SIZES = {"bands": BANDS, "latent_channels": 4, "features": 2, "gamma": 1}
NETWORKS = {
    "network_8bit": ModelConfig(**_SIZES),
    "network_6bit_tiles": ModelConfig(**_SIZES, bits=6, decoder=DecoderConfig(context="tile")),
    "network_raw": ModelConfig(**_SIZES, bits=32),
    "network_learned": ModelConfig(**_SIZES, quantizer="learned", rate_levels=2),
    "network_contexts": ModelConfig(
        **_SIZES, quantizer="learned", rate_levels=2, coding="contexts"
    ),
    "network_bands": ModelConfig(**_SIZES, normalization="bands"),
    "network_v1": ModelConfig(
        architecture="v1", bands=BANDS, latent_channels=4, v1=V1Config(width=4, growth=2, blocks=1)
    ),
}
UNIVERSAL = ("universal", "universal_metadata", "universal_constant", "universal_rmse")
_ADAPTIVE = "_adaptive"
_TILES, _OWN_TILES, _DEPENDENT, _SURPRISED, _FORESEEN, _STREAM = (
    "universal_tiles",
    "universal_own_tiles",
    "universal_dependent",
    "universal_surprised",
    "universal_foreseen",
    "universal_stream",
)
# Of the contexts that ship now, and of an adaptive basis.
WRITTEN = (f"universal_constant{_ADAPTIVE}", _OWN_TILES, _FORESEEN)
# The same, of symbols that were chosen beside what the decoder adds to those of a first choice.
_TWICE_CHOSEN = (*(f"{name}{_ADAPTIVE}" for name in UNIVERSAL[:2]), _SURPRISED)
# Symbols of the first tiles were chosen by contexts over borders; those that are written now by their own.
NAMES = (*NETWORKS, *UNIVERSAL, *WRITTEN, *_TWICE_CHOSEN, _TILES, _DEPENDENT, _STREAM)
# Of the codec that bounds every sample's error: of tiles, and of floats with metadata and missing samples.
BOUNDED = {"bounded": Bound(2), "bounded_floats": Bound([0.0, 0.5, 0.5, 3.0, 0.0, 1.0])}
# The same with a base: its transform is found in floats, so other machines may write other files.
BASED = {
    "bounded_base": Bound(9),
    "bounded_base_floats": Bound([2.5, 0, 9, 40, 7, 3] * 4),
    "bounded_lanes": Bound(4),
}
# One tile, written as if it were a large scene: in two lanes.
_LANES = "bounded_lanes"
EARLIER_CONTEXTS = {
    **{name: "7ef9269da5f13dbd" for name in (*UNIVERSAL, "network_contexts")},
    _DEPENDENT: "1d80804a43c0c974",
}
_TFC = "_tfc"
_ONE_CODER = ("network_raw", "network_contexts")
TFC_NAMES = tuple(f"{name}{_TFC}" for name in NETWORKS if name not in _ONE_CODER)


def codec_of(name: str) -> Codec:
    """The codec of a golden file; networks are drawn, the same on every machine."""
    if name in BOUNDED:
        return bounded_codec(tile_side=2)
    if name == _LANES:
        return bounded_codec()
    if name in BASED:
        return bounded_codec(tile_side=4)
    if name in (_TILES, _OWN_TILES, _STREAM):
        return universal_codec(load_weights(), tile_side=2)
    if name in (_DEPENDENT, _SURPRISED, _FORESEEN):
        return load()
    if name.startswith("universal"):
        optimize = "rmse" if name.endswith("_rmse") else None
        return load(optimize=optimize, quantization="scalar")
    network = NETWORKS[name.removesuffix(_TFC)]
    coder = "tfc" if name.endswith(_TFC) else "constriction"
    params, tables = init_params(network, 7), None
    if name in EARLIER_CONTEXTS:
        contexts = named_contexts(bytes.fromhex(EARLIER_CONTEXTS[name]))
        tables = {"layout": channel_layout(network, params), **contexts.arrays()}
    return network_codec(network, params, tables, coder=coder)


def scene_of(name: str) -> Scene:
    """The scene of a golden file."""
    name = name.removesuffix(_ADAPTIVE)
    if name in BASED:
        return _few_spectra(floats=name.endswith("_floats"))
    row, col, band = np.mgrid[:22, :19, :BANDS]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values = (values + np.random.default_rng(3).normal(0, 4, values.shape)).astype(np.int16)
    if name == "universal_constant":
        return Scene(values=np.broadcast_to(np.arange(BANDS, dtype=np.int16), values.shape).copy())
    if name not in ("universal_metadata", "bounded_floats", _STREAM):
        return Scene(values=values)
    values[..., 2] = -7
    values[row[..., 0] + col[..., 0] < 9] = -9999
    values[5, 11, 4] = -9999
    if name == "bounded_floats":
        values = (values / np.float32(1)).astype(np.float32) * np.float32(1.1)
        values[row[..., 0] + col[..., 0] < 9] = -9999
        values[6, 12, 3] = np.nan
    return Scene(
        name="golden",
        variable="cube",
        values=values,
        wavelengths=np.array([450.5, 550.25, 650.0, 850.125, 1650.0, 2200.0]),
        fwhm=np.full(BANDS, 1 / 3),
        band_names=tuple(["blue", "green", "red", "nir", "swir1", "swir2"]),
        band_mask=np.arange(BANDS) != 4,
        nodata=-9999,
        crs='LOCAL_CS["golden"]',
        transform=(30.0, 0.0, 399960.0, 0.0, -30.0, 4300020.0),
        gcps=((0.0, 0.0, 12.5, 52.25, 0.0),),
        glt=np.arange(8, dtype=np.int32).reshape(2, 2, 2),
        tags={"acquisition time": "2022-07-04T10:00:00Z"},
    )


def _few_spectra(*, floats: bool) -> Scene:
    """Of few kinds of spectra, which a base tells in few symbols; of floats, with samples that are missing."""
    row, col, band = np.mgrid[:36, :42, :24]
    kinds = [np.sin(row / 9), np.cos(col / 7), np.sin((row + col) / 5)]
    spectra = [300 * np.exp(-(((band - 6 * k) / 7) ** 2)) for k in range(3)]
    values = 900 + sum(kind * spectrum for kind, spectrum in zip(kinds, spectra, strict=True))
    values = (values + np.random.default_rng(1).normal(0, 3, values.shape)).astype(np.int16)
    if not floats:
        return Scene(values=values)
    values = values[:21, :25]
    values[..., 5] = 7
    values[3:9, 11:30] = -99
    values[15:, 7, 3] = -99
    return Scene(values=values / np.float32(1), nodata=-99, tags={"a": "b"})


def decoded(name: str, data: bytes) -> dict[str, np.ndarray]:
    """The latent of a file, exact on every machine, and its samples."""
    codec = codec_of(name)
    arrays = {"samples": codec.decompress(data).values}
    if name.removesuffix(_ADAPTIVE) != "universal_constant":
        arrays["latent"] = np.asarray(codec._latent.read(read_compressed(data)))
    return arrays


def _stream(scene: Scene, target: Rate) -> bytes:
    """Lines coded as they come, by a plan of the first eight."""
    codec, file = codec_of(_STREAM), io.BytesIO()
    data = scene.values[scene.valid()]
    first, ends = window(scene, slice(0, 8), slice(None)), (data.min(), data.max())
    made = plan(first, target, group=8, value_range=ends, codec=codec)
    with made.writer(file, info=scene, codec=codec) as writer:
        writer.write(scene.values)
    return file.getvalue()


def main(words: list[str]) -> None:
    """Write golden files that are not there, or those named once more."""
    again = "--again" in words
    for name in [word for word in words if word != "--again"] or (*NAMES, *BOUNDED, *BASED):
        path = FOLDER / f"{name}.btcn"
        if path.exists() and not again:
            print(f"{path.name} is there")
            continue
        # Of contexts that shipped before nothing is written but what their files decode to.
        if name not in EARLIER_CONTEXTS:
            target = Rate(4.0) if name.startswith("universal") else (BOUNDED | BASED).get(name)
            bound_encoder._LARGE = 0 if name == _LANES else bound_encoder._LARGE
            write = _stream if name == _STREAM else codec_of(name).compress
            path.write_bytes(write(scene_of(name), target))
        data = path.read_bytes()
        if not name.endswith(_TFC):
            np.savez_compressed(path.with_suffix(".npz"), **decoded(name, data))
        print(f"{path.name}: {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
