"""The encoder in integers: the symbols of the float encoder, edges included, and what it refuses."""

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.onboard.loss import float_latent, float_symbols, integer_loss
from btcnet_jax.parts.integers.quantizing import integer_encoder, require_onboard
from btcnet_jax.parts.integers.settings import settings_of
from btcnet_jax.parts.integers.transform import calibrate
from btcnet_jax.scene.scene import Scene
from tests.btcnet_jax.onboard.conftest import OPTIONS


def _published(made, scene, level):
    return float_symbols(made.params, float_latent(*made[:2], scene), level)


@pytest.mark.parametrize("name", OPTIONS)
def test_symbols_are_the_float_encoder_s(make, name):
    made = make(name)
    levels = made.config.rate_levels
    wanted = _published(made, made.scene, levels - 1)
    found = made.encoder.encode(made.scene.values)
    assert found.shape == wanted.shape
    # More than one symbol, or the test would hold of an encoder that gives nothing.
    assert np.ptp(wanted) > 3
    assert np.abs(found - wanted).max() <= 1
    # Of rows at the edges too, where the kernel reaches beyond the scene.
    for row in (0, 1, -1):
        assert np.mean(found[row] != wanted[row]) <= 0.1
    assert np.mean(found != wanted) <= 0.02


def test_unsigned_samples_are_taken_with_all_their_bits(make, cube):
    high = (cube.astype(np.int32) * 9 + 40000).clip(0, 65535).astype(np.uint16)
    made = make("published", high)
    wanted = _published(made, made.scene, 0)
    assert np.mean(made.encoder.encode(high) != wanted) <= 0.01


def test_weights_are_the_model_s_own_integers(make):
    encoder = make("published").encoder
    assert encoder.weights.dtype == np.int8
    # The quantizer spans the range of the kernel: both of its ends are taken.
    assert (encoder.weights.min(), encoder.weights.max()) == (-128, 127)
    assert make("learned, floats").encoder.weights.dtype == np.int16


def test_samples_beyond_the_calibration_are_counted_and_cut_off(make):
    made = make("published")
    values = made.scene.values.copy()
    assert made.encoder.saturated(values) == 0
    values[3, 4, 2] = 32767
    assert made.encoder.saturated(values) == 1
    values[3, 4, 2] = made.scene.values.max()
    wanted = made.encoder.encode(values)
    values[3, 4, 2] = 32767
    np.testing.assert_array_equal(made.encoder.encode(values), wanted)


@pytest.mark.parametrize("name", ["published", "learned, floats"])
def test_the_loss_is_of_files_that_the_codec_reads(make, name):
    made = make(name)
    level = made.config.rate_levels - 1
    loss = integer_loss(made.saved, made.settings, made.scene, level)
    assert loss.symbols == 8 * 4 * 5
    assert loss.share <= 0.01
    assert loss.saturated == 0
    assert abs(loss.loss_db) < 0.02
    # Ranges of another scene are told, and cost.
    dark = Scene(name="", values=made.scene.values // 2 - 200)
    (other,) = calibrate(*made[:2], [dark])
    worse = integer_loss(
        made.saved, settings_of(made.settings.fingerprint, [other]), made.scene, level
    )
    assert worse.differing == loss.differing
    assert worse.psnr_db == loss.psnr_db
    assert abs(worse.loss_db) > 1
    if name == "published":
        assert worse.saturated > 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"architecture": "v1"}, "model.architecture is v1"),
        ({"bits": 32}, "model.bits is 32 and model.quantizer range"),
    ],
)
def test_a_model_without_a_form_in_integers_says_which_option_is_in_the_way(options, message):
    with pytest.raises(ConfigError, match=message):
        require_onboard(ModelConfig(**options))


def test_a_level_that_is_not_there_is_refused(make):
    made = make("learned, floats")
    with pytest.raises(ConfigError, match="no level 2"):
        integer_encoder(made.config, made.params, made.latent.calibration, 2)


def test_scenes_that_cannot_be_taken_are_refused(make, cube):
    made = make("published")
    with pytest.raises(CubeError, match="int16 or uint16"):
        calibrate(*made[:2], [Scene(name="", values=cube.astype(np.float32))])
    with pytest.raises(CubeError, match="are no data"):
        calibrate(*made[:2], [Scene(name="", values=cube, nodata=int(cube[0, 0, 0]))])
    with pytest.raises(CubeError, match="4 bands"):
        made.encoder.encode(cube[..., :4])
    with pytest.raises(CubeError, match="samples are uint16"):
        made.encoder.encode(cube.astype(np.uint16))
