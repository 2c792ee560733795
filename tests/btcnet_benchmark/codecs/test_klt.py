import numpy as np
import pytest

from btcnet_benchmark.codecs.klt import fit_klt


@pytest.fixture
def pixels():
    draw = np.random.default_rng(0)
    return draw.normal(size=(300, 5)) @ draw.normal(size=(5, 8)) + draw.normal(size=8) * 10


def test_components_are_uncorrelated_and_fall_in_variance(pixels):
    values = fit_klt(pixels, np.ones(8)).components(pixels, 5)
    covariance = values.T @ values / len(values)
    variances = np.diag(covariance)
    assert (np.diff(variances) < 0).all()
    np.testing.assert_allclose(covariance - np.diag(variances), 0, atol=1e-9 * variances[0])
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-9)


def test_all_variance_lies_in_the_rank(pixels):
    klt = fit_klt(pixels, np.ones(8))
    restored = klt.components(pixels, 5) @ klt.vectors[:, :5].T + klt.mean
    np.testing.assert_allclose(restored, pixels, atol=1e-9)


def test_largest_entry_is_positive(pixels):
    vectors = fit_klt(pixels, np.ones(8)).vectors
    assert (vectors.max(axis=0) == np.abs(vectors).max(axis=0)).all()


def test_a_heavy_band_is_restored_better(pixels):
    def error(weights):
        klt = fit_klt(pixels, weights)
        restored = klt.components(pixels, 2) @ klt.vectors[:, :2].T / weights + klt.mean
        return np.square(restored - pixels).mean(axis=0)

    heavy = np.ones(8)
    heavy[3] = 10
    assert error(heavy)[3] < 0.2 * error(np.ones(8))[3]
