"""Contexts in files of their own: each is what its name says, and its files are read by whatever ships."""

import numpy as np
import pytest

from btcnet_jax.codec import universal_codec
from btcnet_jax.errors import CheckpointError, ModelMismatchError
from btcnet_jax.weights import universal_arrays
from btcnet_jax.weights.named_contexts import DEPENDENT, EARLIER, named_contexts
from btcnet_jax.weights.weight_file import UniversalWeights, load_weights, save_weights


@pytest.mark.parametrize("fingerprint", sorted({*EARLIER, DEPENDENT}))
def test_contexts_have_the_fingerprint_of_their_name(fingerprint, tmp_path):
    shipped = load_weights()
    assert named_contexts(fingerprint).surprised == (fingerprint == DEPENDENT)
    assert fingerprint != shipped.fingerprint
    save_weights(tmp_path / "a.npz", named_contexts(fingerprint), shipped.detail)
    assert load_weights(tmp_path / "a.npz").fingerprint == fingerprint


@pytest.mark.parametrize("fingerprint", sorted(EARLIER))
def test_a_codec_reads_files_of_earlier_contexts_and_writes_its_own(
    plain, plain_weights, fingerprint
):
    before = universal_codec(
        UniversalWeights(
            named_contexts(fingerprint), plain_weights.detail, fingerprint, b"network!"
        )
    )
    cube = np.random.default_rng(1).integers(0, 900, (12, 9, 5)).cumsum(axis=0).astype(np.uint16)
    data = before.compress(cube)
    np.testing.assert_array_equal(plain.decompress(data).values, before.decompress(data).values)
    assert plain.rate_map(data).sum() == before.rate_map(data).sum()
    # What is written now is not for those that have the earlier contexts alone.
    with pytest.raises(ModelMismatchError):
        before.decompress(plain.compress(cube))


@pytest.mark.parametrize("damage", ["cut", "without", "wrong"])
def test_damaged_earlier_contexts_are_told_in_one_line(monkeypatch, tmp_path, damage):
    fingerprint = min(EARLIER)
    name = f"contexts_{fingerprint.hex()}.npz"
    arrays = dict(np.load(universal_arrays.__file__.replace("universal_arrays.py", name)))
    if damage == "without":
        del arrays["context/frequencies"]
    if damage == "wrong":
        arrays["context/frequencies"] += 1
    np.savez(tmp_path / name, **arrays)
    data = (tmp_path / name).read_bytes()
    cut = data[: len(data) // 2] if damage == "cut" else data
    monkeypatch.setattr(universal_arrays, "_shipped", lambda _: cut)
    with pytest.raises(CheckpointError, match=r"damaged|missing") as caught:
        named_contexts(fingerprint)
    assert "\n" not in str(caught.value)
