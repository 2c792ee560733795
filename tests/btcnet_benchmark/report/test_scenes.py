"""What a scene's part of the page holds."""

import numpy as np
import pytest

from btcnet_benchmark.report.cost_part import rate_map_parts
from btcnet_benchmark.report.gallery import Gallery
from btcnet_benchmark.report.scene_images import RestoredImages, SceneView
from btcnet_benchmark.report.scene_part import scene_part
from btcnet_benchmark.report.styles import codec_styles
from btcnet_jax.errors import DataError
from btcnet_jax.metrics import measure_quality
from btcnet_jax.scene.scene import Scene


@pytest.fixture
def part(results):
    """The part on the scene lake."""

    def make(found, original, restored):
        grouped = results(found)
        styles = codec_styles(grouped.codecs)
        return scene_part(grouped, "lake", styles, Gallery(), (original, restored))

    return make


def test_each_codec_has_its_pictures_at_the_rate_of_the_pictures(part, sweep, original, restored):
    asked = []
    made = part(sweep, original("lake"), lambda m: asked.append(m) or restored(m))
    assert [m.target_bpppb for m in asked] == [0.05, 0.05, None]
    assert [row.codec.name for row in made.rows] == ["klt", "better", "net"]
    assert made.rows[0].words == "0.0500 bpppb, 36.99 dB, 2.00°"
    assert made.error_scale.top == 10
    assert len(made.plots) == 1 + len(made.marks)
    assert made.plots[0].caption == "Lowest of any band, in dB: klt 30.0, better 31.0, net 28.0."
    assert made.plots[1].caption == "RMSE: klt 10.0, better 10.0, net 10.0."


def test_marks_are_the_picked_pixels(part, sweep, original, restored):
    made = part(sweep, original("lake"), restored)
    view = SceneView.of(original("lake"))
    places = [(mark.top, mark.left) for mark in made.marks]
    expected = (view.picks + 0.5) / (12, 16) * 100
    np.testing.assert_allclose(places, expected)


def test_missing_samples_are_not_seen(original, restored, sweep, made):
    scene = original("lake")
    first = restored(sweep[0])
    scene.mask = np.ones(scene.values.shape[:2], bool)
    scene.mask[:3] = False
    shown = []
    for garbage in (0, 60000):
        scene.values[:3], first[:3] = garbage, garbage // 2
        view = SceneView.of(scene)
        assert view.picks[:, 0].min() >= 3
        shown.append(RestoredImages.of(view, sweep[0], first))
    for one in shown:
        assert np.isnan(one.error[:3]).all()
        assert np.isnan(one.angle[:3]).all()
        assert np.isfinite(one.error[3:]).all()
    np.testing.assert_array_equal(shown[0].rgb, shown[1].rgb)


def test_what_is_not_at_hand_is_left_out(part, sweep, original, restored):
    made = part(sweep, original("lake"), lambda m: None if m.codec == "net" else restored(m))
    assert [row.codec.name for row in made.rows] == ["klt", "better"]
    nothing = part(sweep, None, restored)
    assert (nothing.original, nothing.rows, len(nothing.plots)) == (None, [], 1)
    assert nothing.facts.startswith("12 × 16")  # noqa: RUF001


def test_maps_are_of_the_counted_bands(original, restored, made):
    scene = original("lake")
    scene.values[..., 2] = 5
    scene.band_mask = np.arange(9) != 4
    cube = scene.values + np.arange(9, dtype=np.uint16)
    view = SceneView.of(scene)
    images = RestoredImages.of(view, made(), cube)
    quality = measure_quality(scene.values, cube, band_mask=scene.band_mask)
    assert np.sqrt(np.square(images.error).mean()) == pytest.approx(quality.rmse)
    assert images.angle.mean() == pytest.approx(quality.sam_deg)
    assert view.axis.shown.sum() == 7


def test_large_scenes_are_thinned(original, made):
    scene = original("lake", (601, 40, 3))
    view = SceneView.of(scene)
    images = RestoredImages.of(view, made(), scene.values)
    assert images.error.shape == images.rgb.shape[:2] == (201, 14)
    assert images.spectra.shape == (len(view.picks), 3)


def test_another_shape_is_refused(part, sweep, original):
    with pytest.raises(DataError, match=r"lake is \(12, 16, 9\), but klt restored \(12, 16, 8\)"):
        part(sweep, original("lake"), lambda m: np.zeros((12, 16, 8)))


def test_constant_and_empty_scenes(part, sweep):
    constant = Scene(name="lake", values=np.full((12, 16, 9), 7.0))
    assert len(part(sweep, constant, lambda m: constant.values).rows) == 3
    empty = Scene(name="lake", values=np.full((12, 16, 9), np.nan))
    assert part(sweep, empty, lambda m: empty.values).rows == []


def test_tiles_of_a_scene_share_a_scale(results, sweep):
    tiles = {"klt": np.array([[1, 2, 3]]), "net": np.array([[4], [8]])}
    grouped = results(sweep)
    styles = codec_styles(grouped.codecs)
    first, second = rate_map_parts(grouped, styles, Gallery(), lambda m: tiles.get(m.codec))
    assert (first.scene, second.scene) == ("lake", "town")
    assert [entry.codec.name for entry in first.maps] == ["klt", "net"]
    assert first.scale.top == pytest.approx(8, rel=0.02)
    assert first.maps[0].picture.caption == "1 × 3 tiles: 1.00 to 3.00 bits, mean 2.00."  # noqa: RUF001
    assert (first.maps[1].rows, first.maps[1].cols) == (12, 16)
    assert rate_map_parts(grouped, styles, Gallery(), lambda m: None) == []
