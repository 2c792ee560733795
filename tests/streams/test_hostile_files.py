"""Files made to break a decoder, their checksums right: each is refused in one line, without a warning."""

import dataclasses
import struct
import zlib

import msgpack
import numpy as np
import pytest
from golden_streams import FOLDER, codec_of

from btcnet_jax.codec import load
from btcnet_jax.coding.varint import encode_differences
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.interface import Region


def changed(name, header=None, **sections):
    """A golden file with other sections."""
    file = read_compressed((FOLDER / f"{name}.btcn").read_bytes())
    known = {**file.sections, **{SectionKind[kind]: data for kind, data in sections.items()}}
    if header:
        known[SectionKind.HEADER] = dataclasses.replace(file.header, **header).pack()
    return write_container([Section(kind, data) for kind, data in known.items()])


def basis():
    file = read_compressed((FOLDER / "universal.btcn").read_bytes())
    return file.sections[SectionKind.BASIS], file.header.latent_channels // 16


@pytest.mark.parametrize("length", [0, 28, 400, 20_000])
def test_basis_of_zeros_stops_at_once(length):
    _, components = basis()
    levels = struct.pack("<h", -40) + encode_differences([0] * (components + 1))
    with pytest.raises(FileFormatError, match=r"coded (integers|spectral basis)"):
        load().decompress(changed("universal", BASIS=levels + bytes(length)))


@pytest.mark.parametrize("common", [32767, 4200])
def test_basis_that_leads_beyond_all_numbers(common):
    data, _ = basis()
    with pytest.raises(FileFormatError, match="spectral basis"):
        load().decompress(changed("universal", BASIS=struct.pack("<h", common) + data[2:]))


@pytest.mark.parametrize("length", [0, 3, 30, 400, 20_000])
def test_adaptive_basis_of_zeros(length):
    data = changed("universal_adaptive", ADAPTIVE_BASIS=bytes(length))
    with pytest.raises(FileFormatError, match=r"coded (integers|symbols|spectral basis)"):
        load().decompress(data)


def test_two_bases_are_none():
    with pytest.raises(FileFormatError, match="two spectral bases"):
        load().decompress(changed("universal_adaptive", BASIS=basis()[0]))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_raw_latent_of_impossible_numbers(value):
    file = read_compressed((FOLDER / "network_raw.btcn").read_bytes())
    latent = np.frombuffer(file.sections[SectionKind.RAW_LATENT], "<f4").copy()
    latent[5] = value
    with pytest.raises(FileFormatError, match="impossible numbers"):
        codec_of("network_raw").decompress(changed("network_raw", RAW_LATENT=latent.tobytes()))


def test_network_that_restores_no_numbers(monkeypatch):
    codec = codec_of("network_raw")
    planes = np.full((24, 20, 6), np.nan, np.float32)
    monkeypatch.setattr(codec._decoder, "synthesize", lambda *_: iter([Region(0, 0, planes)]))
    with pytest.raises(FileFormatError, match="no numbers"):
        codec.decompress((FOLDER / "network_raw.btcn").read_bytes())


def test_network_file_that_tells_of_fewer_channels_than_it_has():
    with pytest.raises(FileFormatError, match="latent_channels 3, but the model has 4"):
        codec_of("network_8bit").decompress(changed("network_8bit", {"latent_channels": 3}))


def test_header_of_a_megabyte():
    with pytest.raises(FileFormatError, match="the header takes"):
        read_compressed(write_container([Section(SectionKind.HEADER, b"\xdd" + bytes(1 << 20))]))


_KEYS = ["name", "wavelengths", "band_names", "glt", "tags", "part_tags", "axis_arrays", "scale"]


@pytest.mark.parametrize("name", [*_KEYS, "unknown"])
@pytest.mark.parametrize("nested", [[[]] * 6, {"a": []}, [[[[]]]]])
def test_nested_metadata_are_not_built(name, nested):
    payload = zlib.compress(msgpack.packb({name: nested}))
    data = changed("universal_constant", METADATA=payload)
    if name == "unknown":
        assert load().decompress(data).values.shape == (22, 19, 6)
        return
    with pytest.raises(FileFormatError, match="metadata make no sense"):
        load().decompress(data)


def test_metadata_that_inflate_without_end():
    bomb = zlib.compress(msgpack.packb({"name": "x" * (1 << 27)}), 9)
    with pytest.raises(FileFormatError, match="too large"):
        load().decompress(changed("universal_constant", METADATA=bomb))
