"""Plots, maps and their files."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from btcnet_benchmark.report.gallery import Gallery, plain_name
from btcnet_benchmark.report.plots import Curve, Plot, draw
from btcnet_benchmark.report.rate_figures import mean_points
from btcnet_benchmark.report.scene_images import psnr_of_bands, spectra_figure
from btcnet_benchmark.report.styles import ColorScale, codec_styles
from btcnet_jax.pictures.spectral_axis import SpectralAxis


def _plot(names, x=(0.03, 0.054, 0.1, 1.0), **options):
    styles = codec_styles(names)
    curves = [Curve(codec=styles[name], x=x, y=[float(n) for n in range(len(x))]) for name in names]
    return draw(Plot(title="T", horizontal="rate", vertical="dB", curves=curves, **options))


@pytest.mark.parametrize(
    "names", [["a"], ["_x $y$ <&>", "b" * 80], [f"codec {n}" for n in range(9)]]
)
@pytest.mark.parametrize("x", [(0.05,), (0.03, 0.03001, 5.0)])
def test_labels_and_legend_lie_inside_and_apart(names, x):
    figure = _plot(names, x, ticks=x)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axes = figure.axes[0].get_tightbbox(canvas.get_renderer())
    legend = figure.legends[0].get_window_extent()
    assert len(figure.legends[0].get_texts()) == len(names)
    assert legend.y1 <= axes.y0
    assert min(legend.x0, legend.y0, axes.x0) >= 0
    assert max(legend.x1, axes.x1) <= figure.bbox.x1
    assert axes.y1 <= figure.bbox.y1


def test_ticks_are_the_rates_where_their_numbers_fit():
    figure = _plot(["a"], x=(0.03, 0.031, 0.054, 1.0), ticks=(0.03, 0.031, 0.054, 1.0))
    assert figure.axes[0].get_xticks().tolist() == [0.03, 0.054, 1.0]
    figure = _plot(["a"], x=(0.03, 1.0))
    assert figure.axes[0].get_xticks().tolist() == pytest.approx([0.05, 0.1, 0.2, 0.5, 1])


def test_a_logarithmic_height_and_named_ticks():
    names = {0.25: "0", 1.0: "1", 4.0: "4"}
    figure = _plot(["a"], x=(0.25, 1.0, 4.0), ticks=(0.25, 1.0, 4.0), tick_names=names, log_y=False)
    axes = figure.axes[0]
    FigureCanvasAgg(figure).draw()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "4"]
    assert axes.get_yscale() == "linear"
    curve = Curve(codec=codec_styles(["a"])["a"], x=(1.0, 4.0), y=(0.3, 7.0))
    axes = draw(Plot(title="T", horizontal="", vertical="", curves=[curve], log_y=True)).axes[0]
    assert axes.get_yscale() == "log"
    assert axes.get_yticks().tolist() == pytest.approx([0.5, 1, 2, 5])


def test_points_are_joined_in_the_order_of_the_rate():
    line = _plot(["a"], x=(0.4, 0.1, 0.2)).axes[0].lines[0]
    assert line.get_xdata().tolist() == [0.1, 0.2, 0.4]
    assert line.get_ydata().tolist() == [1, 2, 0]


def test_a_mean_over_fewer_scenes_is_no_point(results, sweep, failed):
    grouped = results([*sweep, failed("town", "klt", 0.05)])
    points = mean_points(grouped, lambda m: m.psnr_db, "klt")
    assert [x for x, _ in points] == pytest.approx([0.03, 0.1, 0.4])
    assert points[1][1] == pytest.approx(40)
    assert len(mean_points(grouped, lambda m: m.psnr_db, "net")) == 1


def test_spectra_and_their_differences():
    axis = SpectralAxis.of(None, np.array([True, True, False]))
    style = codec_styles(["a"])["a"]
    restored = np.array([13, 19, 99], np.uint16)
    figure = spectra_figure("P", axis, np.array([10, 20, 30], np.uint16), [(style, restored)])
    above, below = figure.axes
    assert above.lines[0].get_ydata().tolist()[:2] == [10, 20]
    np.testing.assert_array_equal(below.lines[0].get_ydata(), [3, -1, np.nan])


def test_psnr_of_bands_has_gaps():
    np.testing.assert_array_equal(psnr_of_bands([1.0, None], 2), [1, np.nan])
    np.testing.assert_array_equal(psnr_of_bands([np.inf, 2.0], 2), [np.nan, 2])
    assert np.isnan(psnr_of_bands([], 3)).all()


def test_maps_share_a_scale():
    low, high = np.linspace(0, 1, 500).reshape(20, 25), np.full((20, 25), 3.0)
    high[0, 0] = 1000
    scale = ColorScale.of([low, high], "m")
    assert scale.top == 3
    assert scale.top_words == "≥ 3.00"
    assert scale.paint(low).mean() < scale.paint(high).mean()
    np.testing.assert_array_equal(scale.paint(high)[0, 0], scale.paint(high)[1, 1])


def test_maps_without_error_or_value_are_painted():
    nothing = ColorScale.of([np.zeros((2, 2))], "m")
    assert (nothing.top, nothing.top_words) == (1, "1.00")
    gap = np.array([[np.nan, 0.0]])
    painted = ColorScale.of([gap], "m").paint(gap)
    assert painted[0, 0].min() > 0.8 > painted[0, 1].max()
    assert ColorScale.of([], "m").top == 1


@pytest.mark.parametrize("colors", [2, 256, 300])
def test_images_are_written_without_loss(colors):
    random = np.random.default_rng(0)
    chosen = random.integers(0, 256, (colors, 3))
    picture = chosen[random.integers(0, colors, (40, 50))] / 255
    gallery = Gallery()
    made = gallery.scene(picture, "x", alt="a")
    ((name, png),) = gallery.files.items()
    read = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    np.testing.assert_array_equal(read, np.round(picture * 255))
    assert (name, made.width, made.height, made.kind) == ("001-x.png", 50, 40, "scene")


def test_file_names_are_plain_and_apart():
    assert plain_name("Ä b/../c <&> $1") == "a-b-c-1"
    assert len(plain_name("x" * 300)) == 60
    gallery = Gallery()
    for name in ("a b", "a/b", "日本"):
        gallery.scene(np.zeros((1, 1, 3)), name, alt="")
    assert list(gallery.files) == ["001-a-b.png", "002-a-b.png", "003-.png"]


def test_small_marks_keep_their_color():
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.imshow(np.random.default_rng(0).random((40, 40, 3)))
    axes.plot([5], [5], "s", color="#00a070", markersize=4, markeredgewidth=0)
    gallery = Gallery()
    gallery.plot(figure, "marks", alt="")
    with Image.open(io.BytesIO(gallery.files["001-marks.png"])) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (pixels == (0x00, 0xA0, 0x70)).all(axis=1).sum() > 10
