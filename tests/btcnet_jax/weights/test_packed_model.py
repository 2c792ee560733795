"""A packed model: exact once rounded, small, and refused in one line when it is anything else."""

import contextlib
import dataclasses
import io
import json
import tracemalloc
import zipfile

import jax
import numpy as np
import pytest

from btcnet_jax.codec import Level, load, network_codec, open_file
from btcnet_jax.config import DecoderConfig, ModelConfig, V1Config
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import CheckpointError, ConfigError, ModelMismatchError
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.weights.coding_tables import coding_tables
from btcnet_jax.weights.packed_file import read_text
from btcnet_jax.weights.packed_model import load_packed, round_model, save_packed

_SMALL = {"bands": 5, "latent_channels": 3}
CONFIGS = {
    "v2": ModelConfig(**_SMALL, features=2, gamma=1),
    "v1": ModelConfig(**_SMALL, architecture="v1", v1=V1Config(width=2, growth=2, blocks=1)),
    "learned": ModelConfig(
        **_SMALL,
        features=2,
        gamma=1,
        quantizer="learned",
        rate_levels=2,
        ranges="image",
        decoder=DecoderConfig(context="tile", core_channels=4, attention="mean"),
    ),
}
CONFIGS["contexts"] = dataclasses.replace(CONFIGS["learned"], coding="contexts")
CARD = {"about": "a toy", "figures": [{"scene": "x", "psnr_db": 30.5}], "recipe": {"epochs": 3}}


def _saved(name="v2"):
    config = CONFIGS[name]
    params = init_params(config, 0)
    return SavedModel(config, params, coding_tables(config, params))


def _cube(seed=0):
    return np.random.default_rng(seed).integers(0, 999, (12, 8, 5)).astype(np.uint16)


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "toy.btcmodel"
    save_packed(path, round_model(_saved()).model, CARD)
    return path


@pytest.mark.parametrize("name", list(CONFIGS))
def test_what_was_packed_is_read_exactly_and_takes_half_the_space(name, tmp_path):
    saved, path = _saved(name), tmp_path / "toy.btcmodel"
    model, greatest, share = round_model(saved)
    fingerprint = save_packed(path, model, CARD)
    read = load_packed(path)
    assert read.config == saved.config
    jax.tree.map(np.testing.assert_array_equal, read.params, model.params)
    jax.tree.map(np.testing.assert_array_equal, read.tables, saved.tables)
    assert fingerprint == model_fingerprint(*read) != model_fingerprint(*saved)
    assert 0 < greatest < 1e-3
    assert 0 < share < 2**-11
    for part in model.params:
        same = jax.tree.map(np.array_equal, model.params[part], saved.params[part])
        assert jax.tree.all(same) == (part != "decoder"), "encoder and prior are not rounded"
    again = round_model(read)
    assert (again.greatest, model_fingerprint(*again.model)) == (0, fingerprint)
    text = read_text(path)
    assert (text.fingerprint, text.card) == (fingerprint, CARD)


def test_symbols_stay_and_a_file_of_either_model_is_refused_by_the_other(packed, tmp_path):
    saved, cube = _saved(), _cube()
    before, after = network_codec(*saved), load(packed)
    files = [codec.compress(cube) for codec in (before, after)]
    sections = [read_compressed(data).sections for data in files]
    for kind in (SectionKind.QUANTIZER, SectionKind.TABLES, SectionKind.SYMBOLS):
        assert sections[0][kind] == sections[1][kind]
    restored = [
        c.decompress(d).values.astype(int) for c, d in zip((before, after), files, strict=True)
    ]
    assert np.abs(restored[0] - restored[1]).max() <= 5
    (tmp_path / "scene.btcn").write_bytes(files[0])
    with pytest.raises(ModelMismatchError, match="the file was written with weights"):
        open_file(tmp_path / "scene.btcn", packed).decompress()


def test_the_same_model_gives_the_same_bytes(packed, tmp_path):
    save_packed(tmp_path / "again.btcmodel", round_model(_saved()).model, CARD)
    assert (tmp_path / "again.btcmodel").read_bytes() == packed.read_bytes()


def test_levels_of_a_learned_model_are_there(tmp_path):
    path = tmp_path / "rates.btcmodel"
    save_packed(path, round_model(_saved("learned")).model, {})
    codec = load(path)
    sizes = [len(codec.compress(_cube(), Level(level))) for level in range(codec.levels)]
    assert codec.levels == 2
    assert sizes[0] < sizes[1]


def test_weights_that_float16_cannot_hold_are_refused():
    for value in (np.nan, 1e6):
        saved = _saved()
        params = jax.tree.map(np.array, saved.params)
        jax.tree.leaves(params["decoder"])[0].flat[0] = value
        with pytest.raises(CheckpointError, match="holds values that float16 cannot: its training"):
            round_model(saved._replace(params=params))


def _members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def _array(values):
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def _edited(**changes):
    def edit(members):
        told = json.loads(members["model.json"])
        for name, value in changes.items():
            told[name] = {**told[name], **value} if isinstance(value, dict) else value
        return members | {"model.json": json.dumps(told).encode()}

    return edit


_LAST = "params/encoder/conv/bias.npy"
EDITS = {
    "another format": (_edited(format=2), "is of format 2, this version reads up to 1: upgrade"),
    "no format": (_edited(format=None), "is of format None"),
    "a card of its own": (_edited(card={"about": "better"}), "was altered or is damaged"),
    "another fingerprint": (_edited(fingerprint="00" * 8), "was altered or is damaged"),
    "a card that is none": (_edited(card=[1]), "no packed model"),
    "figures that are none": (_edited(card={"figures": 3}), "no packed model"),
    "a card that takes over a terminal": (_edited(card={"about": "\x1b[2J"}), "no packed model"),
    "an option that is not known": (_edited(config={"wings": 2}), "was altered or is damaged"),
    "pickled objects": (lambda m: m | {"params/x.npy": _array(np.array([{}]))}, "no packed model"),
    "another type": (lambda m: m | {"params/x.npy": _array(np.zeros(2, "<f8"))}, "no packed model"),
    "an array too many": (lambda m: m | {"x.npy": _array(np.zeros(2, "<f4"))}, "was altered"),
    "no text": (lambda m: {n: d for n, d in m.items() if n != "model.json"}, "no packed model"),
    "a text too long": (lambda m: m | {"model.json": b" " * 2**21}, "no packed model"),
    "deep JSON": (lambda m: m | {"model.json": b"[" * 100_000}, "no packed model"),
    "a huge array": (
        lambda m: (
            m | {"params/x.npy": _array(np.zeros(2, "<f4")).replace(b"(2,)", b"(9000000000000,)")}
        ),
        "no packed model",
    ),
    "a header of numpy's that is none": (
        lambda m: m | {"params/x.npy": _array(np.zeros(2, "<f4")).replace(b"'descr'", b"'descr((")},
        "no packed model",
    ),
}


@pytest.mark.parametrize("name", list(EDITS))
def test_an_edited_file_is_refused_in_one_line(packed, name):
    edit, message = EDITS[name]
    _write(packed, edit(_members(packed)))
    with pytest.raises(CheckpointError, match=message) as caught:
        load_packed(packed)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_unfolded(packed, monkeypatch):
    _write(packed, _members(packed) | {"params/x.npy": _array(np.zeros(2**24, "<f4"))})
    read = []
    monkeypatch.setattr("btcnet_jax.weights.packed_file._arrays", read.append)
    with pytest.raises(CheckpointError, match="no packed model"):
        load_packed(packed)
    assert not read


def test_samples_that_are_not_there_are_not_made_room_for(packed):
    claims = _array(np.zeros(2, "<f4")).replace(b"(2,), }" + b" " * 8, b"(268435456,), }")
    assert b"(268435456,)" in claims
    _write(packed, _members(packed) | {"params/x.npy": claims})
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="no packed model"):
            load_packed(packed)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_blocks_that_the_arrays_cannot_make_are_not_traced(packed, monkeypatch):
    saved = round_model(_saved("v1")).model
    many = {f"x{number}": np.zeros(1, "<f4") for number in range(300)}
    config = ModelConfig(**_SMALL, architecture="v1", v1=V1Config(width=2, growth=2, blocks=300))
    save_packed(packed, saved._replace(config=config, params={**saved.params, "more": many}), {})
    monkeypatch.setattr("btcnet_jax.weights.packed_model.param_shapes", pytest.fail)
    with pytest.raises(CheckpointError, match="it has no 300 blocks"):
        load_packed(packed)


def test_a_truncated_or_changed_file_is_refused(packed, tmp_path):
    data = packed.read_bytes()
    for size in (0, 3, 100, len(data) // 2, len(data) - 1):
        packed.write_bytes(data[:size])
        with pytest.raises(CheckpointError, match="no packed model, or cut short or damaged"):
            load_packed(packed)
    for place in range(50, len(data), len(data) // 40):
        packed.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        # Some bytes of a zip mean nothing, such as its members' dates.
        with contextlib.suppress(CheckpointError, ConfigError):
            load_packed(packed)
    with pytest.raises(CheckpointError, match="no such file"):
        load_packed(tmp_path / "gone.btcmodel")


def test_a_file_that_says_it_is_another_network_is_refused(packed, tmp_path):
    saved = round_model(_saved()).model
    for change in ({"bands": 6}, {"features": 10**9}, {"latent_channels": 10**18}):
        options = saved.config.options() | change
        other = ModelConfig(**options)
        save_packed(packed, saved._replace(config=other), {})
        with pytest.raises(CheckpointError, match="of another network than it says"):
            load_packed(packed)
    learned = _saved("learned")
    for tables in ({}, {**learned.tables, "frequencies": learned.tables["frequencies"] + 1}):
        save_packed(packed, learned._replace(tables=tables), {})
        with pytest.raises(CheckpointError, match="tables are missing or cannot be coded with"):
            load_packed(packed)
