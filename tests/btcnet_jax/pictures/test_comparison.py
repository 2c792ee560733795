"""The page that compares: its panels hold what was computed, and it can be written."""

import errno

import matplotlib.image
import numpy as np
import pytest
import scipy.io
from matplotlib.backends.backend_agg import FigureCanvasAgg

from btcnet_jax.errors import BtcnetError, ConfigError, CubeError
from btcnet_jax.metrics import measure_quality, spectral_angles_deg
from btcnet_jax.pictures import comparison_figure, save_figure

_FACTS = {f"Fact {number}": "a value of some length" for number in range(9)} | {
    "Rate": "0.054 bpppb",
    "File": "a_$very$_long" * 30,
}


def _pair(rows, cols, bands=9, seed=0):
    random = np.random.default_rng(seed)
    original = random.integers(1, 4000, (rows, cols, bands)).astype(np.uint16)
    return original, original + random.normal(0, 40, original.shape)


def _figure(original, restored, **options):
    return comparison_figure(original, restored, title="Title $a$", facts=_FACTS, **options)


def _panel(figure, label):
    (axes,) = [axes for axes in figure.axes if axes.get_label() == label]
    return axes


def _texts(figure):
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize(
    "shape", [(8, 8), (60, 40), (300, 20), (20, 300), (30, 90), (1, 1), (2, 900)]
)
def test_any_shape_is_drawn_without_overlap(shape, tmp_path):
    figure = _figure(*_pair(*shape))
    path = tmp_path / "picture.png"
    save_figure(figure, path, dpi=50)
    picture = matplotlib.image.imread(path)
    width, height = figure.get_size_inches()
    assert picture.shape[:2] == (int(height * 50), int(width * 50))
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.png"]
    assert picture[..., :3].std() > 0.05
    boxes, page = _boxes(figure), figure.bbox
    for index, (left, bottom, right, top) in enumerate(boxes):
        assert min(left, bottom) >= 0
        assert right <= page.width
        assert top <= page.height
        for other in boxes[:index]:
            apart = right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom
            assert apart, (boxes[index], other)


def _boxes(figure):
    """Left, bottom, right and top in pixels of every text, and of all axes with their labels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    artists = [axes.get_tightbbox(renderer) for axes in figure.axes]
    return [box.extents for box in artists + [t.get_window_extent() for t in figure.texts]]


def test_maps_hold_what_was_computed():
    original, restored = _pair(30, 20)
    original[..., 3] = 5
    figure = _figure(original, restored)
    error = _panel(figure, "Error").images[0].get_array()
    counted = np.delete(restored - original, 3, axis=2)
    np.testing.assert_allclose(error, np.sqrt((counted**2).mean(axis=2)))
    quality = measure_quality(original, restored)
    assert np.sqrt((error**2).mean()) == pytest.approx(quality.rmse)
    angles = _panel(figure, "Spectral angle").images[0].get_array()
    np.testing.assert_allclose(angles, spectral_angles_deg(original, restored))
    assert angles.mean() == pytest.approx(quality.sam_deg)


def test_both_pictures_share_the_stretch():
    original, restored = _pair(30, 20)
    figure = _figure(original, original)
    first, second = (_panel(figure, name).images[0] for name in ("Original", "Restored"))
    np.testing.assert_array_equal(first.get_array(), second.get_array())
    darker = _panel(_figure(original, restored * 0.5), "Restored").images[0]
    assert darker.get_array().mean() < first.get_array().mean() - 0.1


def test_spectra_are_those_of_the_marked_pixels():
    original, restored = _pair(30, 20)
    figure = _figure(original, restored, wavelengths=np.linspace(400, 900, 9))
    marks = [line.get_xydata()[0] for line in _panel(figure, "Original").lines]
    axes = _panel(figure, "spectra")
    assert len({tuple(mark) for mark in marks}) == 5
    for (x, y), solid, dashed in zip(marks, axes.lines[::2], axes.lines[1::2], strict=True):
        np.testing.assert_array_equal(solid.get_ydata(), original[int(y), int(x)])
        np.testing.assert_array_equal(dashed.get_ydata(), restored[int(y), int(x)])
        np.testing.assert_array_equal(solid.get_xdata(), np.linspace(400, 900, 9))
        assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Wavelength (nm)", "data units")
    assert "RMSE over bands (data units)" in _texts(figure)


def test_masked_and_constant_bands_are_gaps():
    original, restored = _pair(30, 20)
    restored[..., 2] = np.nan
    original[..., 5] = 0
    mask = np.arange(9) != 2
    figure = _figure(original, restored, band_mask=mask)
    for line in _panel(figure, "spectra").lines:
        np.testing.assert_array_equal(np.flatnonzero(np.isnan(line.get_ydata())), [2, 5])
    psnr = _panel(figure, "psnr").lines[0].get_ydata()
    np.testing.assert_array_equal(
        psnr, measure_quality(original, restored, band_mask=mask).psnr_per_band
    )


def test_the_mean_psnr_is_the_given_quality():
    original, restored = _pair(12, 12)
    other = measure_quality(original, restored * 0.9)
    axes = _panel(_figure(original, restored, quality=other), "psnr")
    assert axes.get_legend().get_texts()[0].get_text() == f"mean {other.psnr_db:.2f} dB"


def test_exact_bands_and_exact_cubes_are_said_to_be_exact():
    original, restored = _pair(12, 12)
    restored[..., 4] = original[..., 4]
    axes = _panel(_figure(original, restored), "psnr")
    assert "exact" in [text.get_text() for text in axes.get_legend().get_texts()]
    figure = _figure(original, original)
    assert _panel(figure, "Error").images[0].get_clim() == (0, 1)
    whole = _panel(figure, "psnr")
    assert [text.get_text() for text in whole.texts] == ["no band has a finite PSNR"]


def test_a_constant_cube_is_drawn(tmp_path):
    cube = np.full((6, 6, 4), 3, np.int16)
    figure = _figure(cube, cube)
    save_figure(figure, tmp_path / "constant.png", dpi=40)
    assert not _panel(figure, "Error").images[0].get_array().any()
    assert [text.get_text() for text in _panel(figure, "psnr").texts] == [
        "no band has a finite PSNR"
    ]


def test_a_large_scene_is_thinned_and_says_so():
    figure = _figure(*_pair(1300, 700, bands=3))
    assert _panel(figure, "Error").images[0].get_array().shape == (434, 234)
    assert "every 3rd pixel" in _texts(figure)
    assert "every" not in _texts(_figure(*_pair(20, 20)))


def test_title_and_facts_are_shown_as_they_are():
    texts = _texts(_figure(*_pair(8, 8)))
    assert "Title $a$" in texts
    assert "0.054 bpppb" in texts
    assert not any(text.get_parse_math() for text in _figure(*_pair(8, 8)).texts)
    assert "…" in texts


def test_cubes_that_differ_are_refused():
    original, restored = _pair(8, 8)
    with pytest.raises(CubeError, match="the restored is"):
        _figure(original, restored[:7])


def test_a_failed_write_leaves_the_old_picture(tmp_path, monkeypatch):
    figure = _figure(*_pair(8, 8))
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")

    def fail(name, **_):
        name.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(BtcnetError, match="the disk is full"):
        save_figure(figure, path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.png"]


def test_only_png_is_written(tmp_path):
    with pytest.raises(ConfigError, match=r"not picture\.jpg"):
        save_figure(_figure(*_pair(8, 8)), tmp_path / "picture.jpg")


def test_a_real_scene(real_data, tmp_path):
    contents = scipy.io.loadmat(real_data / "gatorsense_vi.mat")
    cube = contents["hsi_img"]
    figure = _figure(cube, cube // 16 * 16, wavelengths=contents["wavelengths"].ravel())
    save_figure(figure, tmp_path / "real.png", dpi=60)
    assert "638, 550, 463 nm" in _texts(figure)
