"""How many components a file may have, by blocks and bands."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from btcnet_jax.codec import Rate, load, scene_plan, universal_codec
from btcnet_jax.codec.component_limit import analysis_operations, most_components
from btcnet_jax.codec.encoded import Encoded
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.codec.trials import BytesAim
from btcnet_jax.coding.context import ComponentLevels
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.parts.file_facts import read_components
from btcnet_jax.parts.goal import Effort


@pytest.mark.parametrize(
    ("places", "components"), [(625, (28, 27)), (16384, (39, 43)), (10**6, (42, 47))]
)
def test_usual_numbers_of_bands_stay_within_the_published_encoder(places, components):
    assert (most_components(places, 200), most_components(places, 300)) == components
    for bands in (40, 100, 200, 300):
        assert analysis_operations(places, bands, most_components(places, bands)) <= 74


@pytest.mark.parametrize("bands", [301, 600, 955, 2000, 5000])
def test_many_bands_leave_as_many_components_as_usual_ones(bands):
    for places in (40, 625, 4096, 16384):
        assert most_components(places, bands) >= most_components(places, 300)


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.2, 0.25])
def test_usual_rates_change_nothing(rate):
    assert most_components(625, 200, rate) == most_components(625, 200)


def test_high_rates_have_components_in_proportion():
    assert most_components(625, 200, 0.5) == 2 * most_components(625, 200)
    assert most_components(625, 60, 100.0) == 60


def test_more_rate_is_never_worse(shipped):
    """Noise of a hundredth of the scene, which takes as many components as there are bands."""
    row, col, band = np.mgrid[:16, :16, :36]
    cube = 4000 + 2000 * np.sin(row / 3 + band / 8) * np.cos(col / 4 - band / 15)
    cube = (cube + np.random.default_rng(0).normal(0, 20, cube.shape)).astype(np.uint16)
    errors = []
    for rate in (2.0, 4.0, 7.0):
        data = shipped.compress(cube, Rate(rate))
        assert len(data) > 0.85 * rate * cube.size / 8
        restored = shipped.decompress(data).values
        errors.append(np.sqrt(np.mean((restored.astype(float) - cube) ** 2)))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 3


def test_the_limit_goes_where_no_step_uses_up_the_rate():
    """A file of a high rate is better than so many components could be, however fine their steps."""
    x, (row, col) = np.linspace(0, 1, 60), np.indices((20, 20))
    random = np.random.default_rng(0)
    waves = random.uniform(2, 9, (40, 2))
    maps = np.stack([np.cos(row / a + n) * np.cos(col / b) for n, (a, b) in enumerate(waves)], -1)
    spectra = np.stack([np.sin((n + 1) * x * 3 + n) * 0.9**n for n in range(40)])
    cube = maps @ spectra
    pixels = cube.reshape(-1, 60)
    singular = np.linalg.svd(pixels - pixels.mean(axis=0), compute_uv=False)
    limited = np.sqrt(np.sum(np.square(singular[most_components(25, 60) :])) / cube.size)
    light = load(effort="light")
    restored = light.decompress(light.compress(cube, Rate(12.0))).values
    assert np.sqrt(np.mean((restored - cube) ** 2)) < 0.5 * limited


def test_a_limit_that_keeps_a_file_small_is_lifted(plain_weights, make_cube, monkeypatch):
    """One component, whose symbols are of 20 bits at most, cannot use up 120 bits a pixel."""
    monkeypatch.setattr(scene_plan, "most_components", lambda places, bands, rate: 1)
    cube = make_cube(16, 16, 20)
    plain = universal_codec(plain_weights, effort=Effort.LIGHT)
    data = plain.compress(cube, Rate(6.0))
    assert read_components(read_compressed(data).header) > 5
    restored = plain.decompress(data).values.astype(float)
    assert np.sqrt(np.mean(np.square(restored - cube))) < 2


def _tried(size, error):
    symbols = np.zeros((1, 16, 1, 1), np.int64)
    levels, coefficients = ComponentLevels.of(symbols), symbols.astype(np.float32)
    rest = float(size - len(levels.to_bytes()))
    return Encoded(1.0, symbols, levels, b"", rest, coefficients, error, {})


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        (_tried(95, 0.8), True),
        (_tried(95, 1.2), False),  # more bytes, and worse
        (_tried(60, 0.8), True),
        (_tried(101, 0.1), False),  # above the budget
    ],
)
def test_without_the_limit_a_file_is_taken_only_where_it_is_better(monkeypatch, other, taken):
    """The same of a trial that is cut to the budget."""
    search = object.__new__(StepSearch)
    search._poor = -math.log(0.97)
    first, found = _tried(80, 1.0), []
    search._aim, search._limited, search._over = BytesAim(100.0), True, None
    search._front, search._samples = SimpleNamespace(most=5), SimpleNamespace(mean=np.zeros(9))

    def searched():
        found.append(search._front.most)
        return first if search._front.most == 5 else other

    monkeypatch.setattr(search, "_search", searched)
    assert search.encode() is (other if taken else first)
    assert found == [5, 9]
    assert search._better(first, other) is (other if taken else first)


@pytest.mark.parametrize(
    ("limited", "over", "size"), [(False, None, 80), (True, (1, 2), 80), (True, None, 98)]
)
def test_the_limit_stays_where_it_is_not_what_keeps_a_file_small(monkeypatch, limited, over, size):
    search = object.__new__(StepSearch)
    search._poor = -math.log(0.97)
    search._aim, search._limited, search._over = BytesAim(100.0), limited, over
    search._front = SimpleNamespace(most=5)
    first = _tried(size, 1.0)
    monkeypatch.setattr(search, "_search", lambda: first)
    assert search.encode() is first
    assert search._front.most == 5


def test_many_bands_keep_the_parts_of_a_scene(shipped):
    """Four parts above the noise, of which one component would hold a quarter."""
    x, (row, col) = np.linspace(0, 1, 955), np.indices((24, 24))
    maps = np.stack([np.cos(row / (4 + n)) * np.sin(col / (9 - n)) for n in range(4)], -1)
    spectra = np.stack([np.exp(-(((x - n / 4) / 0.2) ** 2)) for n in range(4)])
    noise = np.random.default_rng(0).normal(0, 10, (24, 24, 955))
    cube = (1000 * (maps @ spectra) + noise).astype(np.int16)
    restored = shipped.decompress(shipped.compress(cube, Rate(0.1))).values
    assert np.sqrt(np.mean((restored.astype(float) - cube) ** 2)) < 20
