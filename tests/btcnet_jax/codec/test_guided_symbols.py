"""Symbols that are chosen beside what the decoder adds to them."""

import numpy as np
import pytest

from btcnet_jax import Psnr, Rate, Scene, load
from btcnet_jax.codec.build import universal_codec
from btcnet_jax.codec.evaluation import evaluate_file
from btcnet_jax.codec.planning import plan
from btcnet_jax.codec.step_encoder import StepEncoder
from btcnet_jax.codec.tile_coding import code_tile
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.goal import Effort
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


@pytest.mark.parametrize("bpppb", [0.2, 0.4])
def test_network_in_mind_gives_better_files(
    scene: Scene, bpppb: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = load().compress(scene, Rate(bpppb))
    monkeypatch.setattr(StepEncoder, "_details", lambda self, tiles: None)
    alone = load().compress(scene, Rate(bpppb))
    assert len(guided) <= bpppb * scene.values.size / 8
    assert _psnr(scene, guided) > _psnr(scene, alone) + 0.05


@pytest.mark.parametrize(
    ("effort", "tiles", "expected"),
    [("light", 1, False), ("full", 1, True), ("full", 2, False), ("most", 2, True)],
)
def test_which_efforts_have_the_network_in_mind(effort: str, tiles: int, expected: bool) -> None:
    encoder = load(effort=effort).parts[0]
    assert isinstance(encoder, StepEncoder)
    assert (encoder._details(tiles) is not None) == expected


def test_most_effort_is_refused_where_it_would_do_nothing(scene: Scene) -> None:
    with pytest.raises(ConfigError, match="leave out --effort most"):
        load("bounded", effort="most")
    with pytest.raises(ConfigError, match="leave out --effort most"):
        plan(scene, effort="most")


@pytest.mark.parametrize("whole", [0, 1 << 20])
def test_most_effort_gives_better_files_of_several_tiles(scene: Scene, whole: int) -> None:
    psnrs = []
    for effort in (Effort.FULL, Effort.MOST):
        codec = universal_codec(load_weights(), tile_side=5, whole=whole, effort=effort)
        data = codec.compress(scene, Rate(0.4))
        assert len(data) <= 0.4 * scene.values.size / 8
        psnrs.append(_psnr(scene, data))
    assert psnrs[1] > psnrs[0] + 0.02


def test_nothing_is_foreseen_of_nothing() -> None:
    encoder = load().parts[0]
    assert isinstance(encoder, StepEncoder)
    details = encoder._details(1)
    assert details is not None
    values = np.full((3, 16, 4, 5), 0.3, np.float32)
    assert not details(values, None).any()


def test_quality_is_met_with_it(scene: Scene) -> None:
    data = load().compress(scene, Psnr(38.0))
    assert 38 <= _psnr(scene, data) < 38.6


def test_symbols_of_a_tile_are_for_what_is_left(scene: Scene) -> None:
    facts = SceneFacts.of(scene, constant_bands=True)
    samples = read_samples(scene.values, facts)
    bands = scene.values.shape[2]
    coder = ContextCoder(load_weights().context)
    projection = np.eye(bands, dtype=np.float32)

    def add(values: np.ndarray, held: np.ndarray | None) -> np.ndarray:
        return np.full(values.shape, 0.75, np.float32)

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
