"""Files of TensorFlow-Compression's coder: read where it is, refused where it is not, specified for all."""

import dataclasses

import numpy as np
import pytest
from golden_streams import FOLDER, NETWORKS, TFC_NAMES, codec_of, decoded, scene_of
from independent_reader import read
from independent_tfc import Table, decode, encode

from btcnet_jax.codec import load
from btcnet_jax.coding.static_table import decompress_symbols
from btcnet_jax.coding.table_layout import read_layout
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import CoderId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError, MissingExtraError
from btcnet_jax.parts.file_facts import latent_shape

BASES = tuple(name.removesuffix("_tfc") for name in TFC_NAMES)


def golden(name):
    return (FOLDER / f"{name}.btcn").read_bytes()


def other_coder(data, number):
    """The same file with another coder in its header."""
    file = read_compressed(data)
    header = dataclasses.replace(file.header, coder=number)
    sections = file.sections | {SectionKind.HEADER: header.pack()}
    return write_container([Section(*each) for each in sections.items()])


def other_symbols(data, payload):
    """The same file with other bytes of symbols, and the checksum that they take."""
    sections = read_compressed(data).sections | {SectionKind.SYMBOLS: payload}
    return write_container([Section(*each) for each in sections.items()])


@pytest.mark.parametrize("base", BASES)
def test_a_golden_file_differs_from_constriction_s_in_header_and_symbols_alone(base):
    mine, theirs = read_compressed(golden(f"{base}_tfc")), read_compressed(golden(base))
    assert dataclasses.replace(mine.header, coder=CoderId.RANGE) == theirs.header
    assert read(FOLDER / f"{base}_tfc.btcn")["header"]["coder"] == mine.header.coder == 3
    differing = {k for k in mine.sections if mine.sections[k] != theirs.sections[k]}
    assert differing == {SectionKind.HEADER, SectionKind.SYMBOLS}
    assert mine.sections.keys() == theirs.sections.keys()


@pytest.mark.parametrize("base", [name for name in BASES if name != "network_learned"])
def test_the_document_s_reader_takes_the_symbols_from_a_golden_file(base):
    mine, theirs = read_compressed(golden(f"{base}_tfc")), read_compressed(golden(base))
    shape, bits = latent_shape(NETWORKS[base], mine.header), mine.header.bits
    tables, payload = (theirs.payload(k) for k in (SectionKind.TABLES, SectionKind.SYMBOLS))
    symbols = decompress_symbols(tables, payload, shape, bits)
    layout = read_layout(tables, shape[2], bits)
    each, expected = [], []
    for channel, index in enumerate(layout.table_of_channel):
        run = (symbols[..., channel].ravel() + layout.shifts[channel]) % (1 << bits)
        each += [Table(layout.tables[index].symbol_frequencies())] * run.size
        expected += run.tolist()
    stream = mine.payload(SectionKind.SYMBOLS)
    assert decode(stream, each) == expected
    assert encode(expected, each) == stream


@pytest.mark.parametrize("base", BASES)
def test_a_golden_file_decodes_to_constriction_s_symbols(base, tfc):
    name = f"{base}_tfc"
    found = decoded(name, golden(name))
    with np.load(FOLDER / f"{base}.npz") as held:
        np.testing.assert_array_equal(found["latent"], held["latent"])
        # Samples come from float32 networks: a processor may round one differently.
        assert np.abs(found["samples"].astype(int) - held["samples"]).max() <= 1


@pytest.mark.parametrize("base", BASES)
def test_what_is_written_is_read_by_a_codec_of_either_coder(base, tfc):
    scene = scene_of(base)
    writers = codec_of(f"{base}_tfc"), codec_of(base)
    files = [writer.compress(scene) for writer in writers]
    assert [read_compressed(data).header.coder for data in files] == [3, 1]
    restored = [reader.decompress(data).values for reader in writers for data in files]
    latents = [decoded(base, data)["latent"] for data in files]
    np.testing.assert_array_equal(*latents)
    for values in restored[1:]:
        np.testing.assert_array_equal(values, restored[0])
    np.testing.assert_array_equal(*(writers[1].rate_map(data) for data in files))


@pytest.mark.parametrize("base", ["network_8bit", "network_learned"])
def test_damaged_symbols_are_refused_or_others_and_never_more(base, tfc):
    data, codec = golden(f"{base}_tfc"), codec_of(base)
    stream = read_compressed(data).payload(SectionKind.SYMBOLS)
    altered = [stream[:n] for n in range(0, len(stream), 7)] + [stream + b"\0", b"\xff" * 64]
    refused = 0
    for at in range(0, len(stream), 3):
        altered.append(stream[:at] + bytes([stream[at] ^ 1 << at % 8]) + stream[at + 1 :])
    for payload in altered:
        file = read_compressed(other_symbols(data, payload))
        try:
            assert np.isfinite(codec._latent.read(file)).all()
        except FileFormatError:
            refused += 1
    assert refused > len(altered) / 3


@pytest.mark.parametrize("base", ["network_8bit", "network_learned"])
def test_a_stream_of_one_coder_is_none_of_the_other_s(base, tfc):
    codec = codec_of(base)
    for name, number in ((base, CoderId.TFC), (f"{base}_tfc", CoderId.RANGE)):
        with pytest.raises(FileFormatError):
            codec.decompress(other_coder(golden(name), number))


@pytest.mark.parametrize("base", BASES)
def test_without_the_library_a_file_is_refused_in_one_line(base, without_tfc):
    codec = codec_of(base)
    for work in (codec.decompress, codec.rate_map):
        with pytest.raises(MissingExtraError, match=r"^tensorflow-compression-ops cannot be .*tfc"):
            work(golden(f"{base}_tfc"))


def test_without_the_library_no_codec_is_made_that_writes_with_it(without_tfc):
    with pytest.raises(MissingExtraError, match="environment of its own"):
        codec_of("network_learned_tfc")
    with pytest.raises(MissingExtraError, match="environment of its own"):
        load("no model is looked for", coder="tfc")


def test_codecs_without_a_stream_to_choose_refuse_the_coder(tfc):
    with pytest.raises(ConfigError, match=r"universal codec's contexts .* constriction alone"):
        load(coder="tfc")
    with pytest.raises(ConfigError, match="stands in the file as it is: leave out --coder tfc"):
        codec_of("network_raw_tfc")


def test_an_unknown_coder_is_refused():
    with pytest.raises(ConfigError, match="no coder 'rans': name constriction or tfc"):
        load(coder="rans")


@pytest.mark.parametrize("name", ["universal", "network_raw", "network_8bit"])
def test_a_header_that_names_a_coder_the_codec_lacks_is_refused(name):
    number = CoderId.HUFFMAN if name == "network_8bit" else CoderId.TFC
    with pytest.raises(FileFormatError, match="the header tells of coder"):
        codec_of(name).decompress(other_coder(golden(name), number))
