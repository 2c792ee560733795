"""The weights that ship, and files that are no weights."""

from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.errors import CheckpointError
from btcnet_jax.models.detail_networks import network_of
from btcnet_jax.models.pixel_net import PixelNet
from btcnet_jax.weights import weight_file
from btcnet_jax.weights.weight_file import load_weights, save_weights

FINGERPRINT = "4b9795bf1d65b1a4"
NETWORK = "012652010c7ea53a"
SHIPPED = Path(weight_file.__file__).with_name("universal.npz")


@pytest.fixture(scope="module")
def shipped():
    return load_weights()


def test_shipped_weights_load(shipped):
    assert shipped.context.mean_weights.shape == (16, 7, 7)
    assert shipped.context.scale_weights.shape == (16, 7, 14)
    frequencies = shipped.context.frequencies
    assert frequencies.shape == (504, 65)
    assert (frequencies.sum(axis=1) == 1 << PRECISION).all()
    assert frequencies.min() >= 1
    assert network_of(shipped.detail) == PixelNet(
        components=24, front_width=192, front_blocks=4, width=64, blocks=4
    )


def test_fingerprint_of_the_shipped_contexts(shipped):
    assert shipped.fingerprint.hex() == FINGERPRINT, (
        "the shipped contexts changed: files made with the former ones can no longer be read. If that is "
        "meant, write the new fingerprint here and the figures of the new weights into the model card"
    )


def test_fingerprint_of_the_shipped_network(shipped):
    assert shipped.network.hex() == NETWORK, (
        "another network ships: files stay readable and are restored otherwise. If that is meant, write its "
        "fingerprint here and its figures into the model card"
    )


@pytest.mark.parametrize("number", [1, 2])
def test_files_name_contexts_alone_unless_the_weights_are_of_format_1(shipped, tmp_path, number):
    arrays = dict(np.load(SHIPPED)) | {"format": np.int32(number)}
    np.savez(tmp_path / "same.npz", **arrays)
    arrays["detail/block_2_last/kernel"].flat[5] += 1
    np.savez(tmp_path / "other.npz", **arrays)
    same, other = (load_weights(tmp_path / f"{name}.npz") for name in ("same", "other"))
    assert same.network == shipped.network != other.network
    assert (same.fingerprint == other.fingerprint == shipped.fingerprint) == (number == 2)
    assert (same.fingerprint == other.fingerprint) == (number == 2)


def test_shipped_weights_stay_small():
    assert SHIPPED.stat().st_size < 10e6


def test_saving_keeps_every_value(shipped, tmp_path):
    save_weights(tmp_path / "again.npz", shipped.context, shipped.detail)
    save_weights(tmp_path / "twice.npz", shipped.context, shipped.detail)
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "twice.npz").read_bytes()
    assert (tmp_path / "again.npz").stat().st_size < 1.1 * SHIPPED.stat().st_size
    assert load_weights(tmp_path / "again.npz").fingerprint == shipped.fingerprint


@pytest.mark.parametrize("part", ["mean_weights", "scale_weights", "frequencies"])
def test_fingerprint_tells_one_changed_value_of_the_contexts(shipped, tmp_path, part):
    arrays = dict(np.load(SHIPPED))
    values = arrays[f"context/{part}"]
    # Another order, so that tables keep their sums.
    values[[0, -1]] = values[[-1, 0]]
    np.savez(tmp_path / "other.npz", **arrays)
    assert load_weights(tmp_path / "other.npz").fingerprint != shipped.fingerprint


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="check the path"):
        load_weights(tmp_path / "none.npz")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_damaged_file_is_refused(tmp_path, damage):
    data = bytearray(SHIPPED.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 0x10
    else:
        data = bytearray(b"no weights" if damage == "text" else b"")
    (tmp_path / "damaged.npz").write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged") as caught:
        load_weights(tmp_path / "damaged.npz")
    assert "\n" not in str(caught.value)


def test_newer_format_is_refused(tmp_path):
    np.savez(tmp_path / "new.npz", **(dict(np.load(SHIPPED)) | {"format": np.int32(3)}))
    with pytest.raises(CheckpointError, match="update btcnet_jax"):
        load_weights(tmp_path / "new.npz")


@pytest.mark.parametrize(
    "name", ["context/mean_weights", "detail/block_1_first/kernel", "detail/input/bias"]
)
def test_missing_array_is_refused(tmp_path, name):
    arrays = dict(np.load(SHIPPED))
    del arrays[name]
    np.savez(tmp_path / "part.npz", **arrays)
    with pytest.raises(CheckpointError, match="missing or of another shape"):
        load_weights(tmp_path / "part.npz")


def test_values_beyond_float16_are_not_written(shipped, tmp_path):
    detail = shipped.detail | {
        "input": {name: leaf * 1e6 for name, leaf in shipped.detail["input"].items()}
    }
    with pytest.raises(ValueError, match="float16"):
        save_weights(tmp_path / "large.npz", shipped.context, detail)
    assert not (tmp_path / "large.npz").exists()
