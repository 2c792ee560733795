"""Symbols that are chosen beside what the decoder adds to them."""

import numpy as np
import pytest

from btcnet_jax import Psnr, Rate, Scene, load
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.codec.step_encoder import StepEncoder
from btcnet_jax.codec.tile_coding import code_tile
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.weights.weight_file import load_weights


@pytest.fixture(scope="module")
def scene() -> Scene:
    row, col, band = np.indices((48, 44, 12))
    values = 900 + 300 * np.sin(row / 5 + band / 4) + 200 * np.cos(col / 4 - band / 6)
    values += 60 * ((row // 6 + col // 5) % 2) * np.sin(band)
    values += np.random.default_rng(4).normal(0, 6, values.shape)
    return Scene(values=values.astype(np.int16))


def _psnr(scene: Scene, data: bytes) -> float:
    return float(evaluate_file(load(), scene, data).quality.psnr_db or 0)


@pytest.mark.parametrize(("bpppb", "other"), [(0.2, True), (0.4, True), (1.0, False)])
def test_network_in_mind_gives_better_files(
    scene: Scene, bpppb: float, other: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = load().compress(scene, Rate(bpppb))
    monkeypatch.setattr(StepEncoder, "_details", property(lambda self: None))
    alone = load().compress(scene, Rate(bpppb))
    assert len(guided) <= bpppb * scene.values.size / 8
    # With the network in mind five components drop out of the last one, and a fifth of the bytes with them.
    assert (guided != alone) == other
    assert not other or _psnr(scene, guided) > _psnr(scene, alone) + 0.05


def test_light_effort_has_no_network_in_mind() -> None:
    encoder = load(effort="light").parts[0]
    assert isinstance(encoder, StepEncoder)
    assert encoder._details is None


def test_quality_is_met_with_it(scene: Scene) -> None:
    data = load().compress(scene, Psnr(38.0))
    assert 38 <= _psnr(scene, data) < 38.6


def test_symbols_of_a_tile_are_for_what_is_left(scene: Scene) -> None:
    facts = SceneFacts.of(scene, constant_bands=True)
    samples = read_samples(scene.values, facts)
    bands = scene.values.shape[2]
    coder = ContextCoder(load_weights().context)
    projection = np.eye(bands, dtype=np.float32)

    def add(symbols: np.ndarray, wanted: np.ndarray, held: np.ndarray | None) -> np.ndarray:
        assert wanted.shape == symbols.shape
        return np.full(symbols.shape, 0.75, np.float32)

    step = 0.01
    alone = code_tile(coder, samples, projection, 3, step)
    guided = code_tile(coder, samples, projection, 3, step, add)
    # What symbols are of is less by what is added.
    np.testing.assert_allclose(
        guided.coefficients[:3], alone.coefficients[:3] - np.float32(0.75 * step), atol=1e-6
    )
    wanted = alone.coefficients[:3] / step
    before, after = (np.square(wanted - each.symbols - 0.75).mean() for each in (alone, guided))
    assert after < 0.5 * before
