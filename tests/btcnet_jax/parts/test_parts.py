"""The parts of the universal encoder, each alone."""

import numpy as np
import pytest

from btcnet_jax.codec.step_finding import Budget, Precision, find_step
from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.coding.constant_bands import decode_constant_bands, encode_constant_bands
from btcnet_jax.coding.context import ComponentLevels, ContextCoder, judge_all
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.block_transform import (
    BLOCK_MATRIX,
    project_blocks,
    split_blocks,
    to_coefficients,
    to_planes,
)
from btcnet_jax.parts.quantization import SLOPE, count_useful, dead_zone, optimize
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.parts.spectral_plan import fit_plan
from btcnet_jax.parts.synthesis_matrix import fit_matrix
from btcnet_jax.scene import Scene
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.weights.weight_file import load_weights


def test_the_block_transform_is_orthonormal_and_the_blocks_are_in_place():
    np.testing.assert_allclose(BLOCK_MATRIX @ BLOCK_MATRIX.T, np.eye(16), atol=1e-12)
    planes = np.random.default_rng(0).normal(0, 1, (8, 12, 3))
    blocks = split_blocks(planes)
    np.testing.assert_array_equal(blocks[4, :, 1], planes[4:8, 4:8, 1].ravel())
    coefficients = to_coefficients(blocks)
    assert coefficients[2, 0, 4] == pytest.approx(planes[4:8, 4:8, 2].sum() / 4)
    again = to_planes(coefficients.reshape(3, 16, 2, 3))
    np.testing.assert_allclose(np.moveaxis(again, 0, 2), planes, atol=1e-12)


@pytest.mark.parametrize("jobs", [1, 2])
def test_blocks_are_projected_as_by_one_product_whoever_does_it(jobs):
    random = np.random.default_rng(0)
    blocks, projection = random.normal(0, 1, (301, 16, 23)), random.normal(0, 1, (23, 11))
    expected = to_coefficients(blocks @ projection)
    np.testing.assert_array_equal(project_blocks(blocks, projection, jobs), expected)


def test_samples_are_deviations_mirrored_to_whole_blocks():
    cube = np.random.default_rng(0).integers(100, 900, (6, 5, 4)).astype(np.uint16)
    cube[..., 2] = 7
    facts = SceneFacts.of(Scene(values=cube), constant_bands=True)
    varying = facts.varying
    assert varying.tolist() == [True, True, False, True]
    samples = read_samples(cube, facts)
    assert samples.deviations.shape == (8, 8, 3)
    values = (samples.deviations + samples.mean) * (cube.max() - 7.0) + 7
    np.testing.assert_allclose(values[:6, :5], cube[..., varying], rtol=1e-4)
    np.testing.assert_array_equal(samples.deviations[6], samples.deviations[5])
    np.testing.assert_array_equal(samples.deviations[:, 7], samples.deviations[:, 2])


def test_a_sampled_covariance_is_near_the_whole_and_sees_what_stands_out():
    random = np.random.default_rng(0)
    cube = random.normal(0, 1, (80, 80, 1)) + random.normal(0, 0.3, (80, 80, 6))
    cube[..., 3] = 0
    cube[33, 45, 3] = 50
    samples = read_samples(cube, SceneFacts.of(Scene(values=cube), constant_bands=True))
    whole, part = samples.covariance(1), samples.covariance(8)
    np.testing.assert_allclose(part.diagonal(), whole.diagonal(), rtol=0.2)
    assert part[3, 3] == pytest.approx(whole[3, 3], rel=0.2)
    assert len(samples.blocks(8)) == pytest.approx(50, abs=3)


def test_of_pixels_that_stand_out_alike_the_first_counts():
    # None of the three is one of those in eight that count in any case; the lines are read in parts.
    cube = np.zeros((64, 1200, 5))
    cube[::2, ::2, 3] = 1
    cube[1, 2, :3] = cube[61, 701, :3] = 2, 99, 5
    cube[1, 2, 4], cube[61, 701, 4] = 9, -9
    cube[21, 300, 3:] = 50, -50
    samples = read_samples(cube, SceneFacts.of(Scene(values=cube), constant_bands=True))
    scaled = samples.covariance(8)[1, 4] * cube[..., 0].size * np.ptp(cube) ** 2
    assert scaled == pytest.approx(99 * 9, rel=0.1)


def test_bands_of_small_errors_get_large_weights_and_vectors_are_orthonormal():
    random = np.random.default_rng(0)
    noise = np.array([1, 1, 10, 10, 0.1, 1.0])
    blocks = random.normal(0, 20, (60, 16, 1)) + random.normal(0, 1, (60, 16, 6)) * noise
    pixels = blocks.reshape(-1, 6)
    front = fit_plan(pixels.T @ pixels / len(pixels), blocks, 2.0 * len(pixels), 10.0)
    np.testing.assert_allclose(front.vectors.T @ front.vectors, np.eye(6), atol=1e-10)
    np.testing.assert_allclose(front.projection @ front.synthesis, np.eye(6), atol=1e-10)
    assert front.weights[2] < front.weights[0] < front.weights[4]
    assert front.weights.mean() == pytest.approx(1)
    finer = fit_plan(pixels.T @ pixels / len(pixels), blocks, 8.0 * len(pixels), 10.0)
    assert finer.step < front.step


def test_optimized_symbols_are_cheaper_than_a_dead_zone_in_error_and_bits_together():
    coder = ContextCoder(load_weights().context)
    random = np.random.default_rng(0)
    scale = np.array([4, 1, 0.7, 0.5, 0.02, 0.02, 0.02, 0.02])[:, None, None, None]
    values = (random.laplace(0, 1, (8, 16, 12, 10)) * scale).astype(np.float32)
    quantized = optimize(coder, values, row_bits=20.0)
    assert len(quantized.symbols) == 4
    bits = judge_all(coder, quantized.symbols, ComponentLevels.of(quantized.symbols))[2].sum()
    assert quantized.bits.sum() == pytest.approx(bits, rel=0.02)

    def cost(symbols):
        coded = judge_all(coder, symbols, ComponentLevels.of(symbols))[2].sum()
        return np.square(values[:4] - symbols).sum() + SLOPE * coded

    for offset in (0.5, 0.4):
        assert cost(quantized.symbols) < 0.99 * cost(dead_zone(values[:4], offset))
    assert count_useful(values.reshape(8, 16, -1), 1.0, 20.0) in (3, 4, 5)


def test_the_matrix_repairs_what_quantization_does():
    random = np.random.default_rng(0)
    scale = np.array([9, 4, 2, 1, 0.5])
    blocks = random.laplace(0, 1, (400, 16, 5)) * scale @ random.normal(0, 1, (5, 5))
    pixels = blocks.reshape(-1, 5)
    front = fit_plan(pixels.T @ pixels / len(pixels), blocks, 2e4, 10.0)
    coefficients = to_coefficients(blocks @ front.projection).astype(np.float32)
    coefficients = coefficients.reshape(5, 16, 20, 20)
    step = 2 * float(coefficients[0].std())
    symbols, mean = dead_zone(coefficients[:3] / step, 0.5), np.arange(5.0)
    basis, left = fit_matrix(symbols, coefficients, front, step, mean)
    np.testing.assert_array_equal(decode_adaptive_basis(basis.data, 3, 5), basis.matrix)
    planes = split_blocks(np.moveaxis(to_planes(symbols.astype(float)), 0, 2))

    def error(matrix):
        wrong = (planes @ matrix[1:] + matrix[0] - mean - blocks) * front.weights
        return np.square(wrong).mean()

    own = np.vstack([mean, front.synthesis[:3] * step])
    assert error(basis.matrix) < 0.97 * error(own)
    assert left == pytest.approx(5 * error(basis.matrix), rel=0.02)


class _Trial:
    finest = False

    def __init__(self, step):
        self.step = step
        self.size, self.empty = (10 + 1000 / step**0.7, False) if step < 1000 else (10.0, True)


@pytest.mark.parametrize("start", [0.01, 1.0, 300.0])
def test_the_search_ends_just_below_the_budget(start):
    tried = []

    def attempt(step):
        tried.append(step)
        return _Trial(step)

    trial = find_step(attempt, start, Budget(200.0), Precision.of_shares(3, 0.994, 0.985, 0.97))
    assert 0.97 * 200 < trial.size <= 200
    assert len(tried) <= 8


def test_a_budget_that_nothing_meets_ends_at_the_empty_trial():
    trial = find_step(_Trial, 1.0, Budget(5.0), Precision.of_shares(3, 0.994, 0.985, 0.97))
    assert trial.empty
    assert trial.step >= 1000


def test_constant_bands_come_back_and_damage_is_refused():
    varying = np.array([True, False, False, True, False])
    values = np.array([0, 5, 5, 0, -3], ">i4")
    payload = encode_constant_bands(varying, values)
    told, held = decode_constant_bands(payload, 5, np.dtype(">i4"))
    np.testing.assert_array_equal(told, varying)
    np.testing.assert_array_equal(held[~varying], values[~varying])
    for broken, message in (
        (payload[:-2], "truncated"),
        (payload + b"x", "too long"),
        (b"\x00" + payload, "add up"),
        (b"\x0f" + payload[1:], "add up"),
    ):
        with pytest.raises(FileFormatError, match=message):
            decode_constant_bands(broken, 5, np.dtype(">i4"))
