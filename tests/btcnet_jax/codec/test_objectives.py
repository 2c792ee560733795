"""What the universal codec makes best: each objective in its own figure, all read alike."""

import numpy as np
import pytest

from btcnet_jax.codec import Rate, compress, load, universal_codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.header import Objective
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import Stage, Tally, eigendecomposition
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.metrics import measure_quality
from btcnet_jax.scene import Scene

RATE = Rate(0.25)
NAMES = tuple(each.name.lower() for each in Objective)


@pytest.fixture(scope="module")
def cube():
    """Shaded spectra, noise that grows along them, and bands of little light at their end."""
    random, (row, col) = np.random.default_rng(2), np.indices((32, 28))
    shade = 0.15 + np.square(np.sin(row / 9) * np.cos(col / 7))
    shares = [
        np.sin(row / a + n) * np.cos(col / b)
        for n, (a, b) in enumerate(random.uniform(3, 15, (9, 2)))
    ]
    spectra = random.normal(0, 1, (9, 30)).cumsum(axis=1) * 0.7 ** np.arange(9)[:, None]
    values = shade[..., None] * (3000 + 120 * np.stack(shares, axis=2) @ spectra)
    values += random.normal(0, 1, values.shape) * np.linspace(1, 25, 30)
    values[..., 24:] *= 0.05
    return np.maximum(values, 0).astype(np.uint16)


@pytest.fixture(scope="module")
def files(cube):
    return {name: load(optimize=name).compress(cube, RATE) for name in NAMES}


@pytest.fixture(scope="module")
def quality(files, shipped, cube):
    """Of each file, read by the codec of no objective in particular."""
    return {
        name: measure_quality(cube, shipped.decompress(data).values) for name, data in files.items()
    }


def test_each_is_the_best_in_its_own_figure(quality):
    psnr = [quality[name].psnr_db for name in NAMES]
    rmse = [quality[name].rmse for name in NAMES]
    sam = [quality[name].sam_deg for name in NAMES]
    assert psnr[0] > max(psnr[1:3]) + 0.2
    assert rmse[1] < 0.99 * min(rmse[0], rmse[2])
    assert sam[2] < 0.985 * min(sam[:2])


def test_balanced_gives_up_little_psnr_for_much_of_the_others(quality):
    balanced, psnr, rmse = (quality[name] for name in ("balanced", "psnr", "rmse"))
    assert psnr.psnr_db - 0.2 * (psnr.psnr_db - rmse.psnr_db) < balanced.psnr_db < psnr.psnr_db
    assert rmse.rmse < balanced.rmse < psnr.rmse
    # Files use more or less of the last percent of their bytes.
    assert balanced.sam_deg < 1.01 * psnr.sam_deg


def test_a_file_says_what_it_is_best_in_and_is_within_the_rate(files, cube):
    for name, data in files.items():
        file = read_compressed(data)
        assert Objective(file.header.objective).name.lower() == name
        assert 0.8 * RATE.bpppb < 8 * len(data) / cube.size <= RATE.bpppb
        assert (SectionKind.DETAIL_GAINS in file.sections) == (name in ("rmse", "sam"))


def test_balanced_is_what_is_made_where_nothing_is_said(files, shipped, cube):
    assert shipped.compress(cube, RATE) == files["balanced"]
    assert compress(cube, RATE, optimize="rmse") == files["rmse"]
    assert load(optimize="rmse").name == "universal-rmse"
    assert load(optimize="rmse", ensemble=2).name == "universal-rmse, ensemble of 2"
    assert len({load(optimize=name).describe() for name in NAMES}) == 4


@pytest.mark.parametrize("optimize", ["RMSE", "", "max"])
def test_others_are_refused(optimize):
    with pytest.raises(ConfigError, match=r"best for psnr, rmse, sam, balanced, not"):
        load(optimize=optimize)


@pytest.mark.parametrize("optimize", NAMES)
def test_networks_refuse_it_before_they_are_read(optimize, tmp_path):
    with pytest.raises(ConfigError, match=f"leave out --optimize {optimize}, or --model"):
        load(tmp_path / "none", optimize=optimize)
    assert load("universal", optimize=optimize).name.startswith("universal")


def _plain(weights, optimize):
    return universal_codec(weights, objective=Objective[optimize.upper()])


@pytest.mark.parametrize("optimize", ["rmse", "sam"])
def test_bad_bands_weigh_least_and_missing_samples_count_nothing(cube, plain_weights, optimize):
    values = cube.astype(np.float32)
    values[:9, :11] = np.nan
    values[30, 20, 5] = np.nan
    good, codec = np.arange(30) != 7, _plain(plain_weights, optimize)
    marked, plain = (
        codec.decompress(codec.compress(Scene(values=values, band_mask=mask), RATE)).values
        for mask in (good, None)
    )
    np.testing.assert_array_equal(np.isnan(marked), np.isnan(values))
    error = [np.nanmean(np.square(x[..., 7] - values[..., 7])) for x in (marked, plain)]
    assert error[0] > 1.3 * error[1]
    ours = [
        measure_quality(values[..., good], x[..., good], valid=~np.isnan(values[..., good]))
        for x in (marked, plain)
    ]
    figures = [one.rmse if optimize == "rmse" else one.sam_deg for one in ours]
    assert figures[0] < 1.1 * figures[1]


@pytest.mark.parametrize("optimize", ["rmse", "sam"])
@pytest.mark.parametrize("shape", [(1, 3, 4), (2, 2, 1), (1, 50, 3)])
def test_any_shape(plain_weights, optimize, shape):
    values = np.random.default_rng(0).integers(-50, 900, shape).astype(np.int16)
    codec = _plain(plain_weights, optimize)
    restored = codec.decompress(codec.compress(values, Rate(1000.0))).values
    assert np.abs(restored.astype(int) - values).max() < 60


def test_spectra_of_one_direction_have_angles_too(plain_weights):
    """All of the scene is brightness: what an angle does not see is coded all the same."""
    shade = np.random.default_rng(0).uniform(1, 2, (24, 24, 1))
    cube = (shade * np.linspace(500, 900, 8)).astype(np.float32)
    codec = _plain(plain_weights, "sam")
    restored = codec.decompress(codec.compress(cube, Rate(2.0))).values
    assert np.abs(restored - cube).max() < 60


def test_what_a_file_without_gains_gives_is_a_worse_picture_not_a_wrong_one(
    files, quality, shipped, cube
):
    sections = [
        part for part in read_container(files["rmse"]) if part.kind != SectionKind.DETAIL_GAINS
    ]
    without = measure_quality(cube, shipped.decompress(write_container(sections)).values)
    assert quality["rmse"].rmse <= 1.0005 * without.rmse < 1.1 * quality["rmse"].rmse


@pytest.mark.parametrize("wrong", [b"", b"\x00", b"\xff" * 40])
def test_damaged_gains_are_refused(files, shipped, wrong):
    sections = [
        Section(kind, wrong if kind == SectionKind.DETAIL_GAINS else payload)
        for kind, payload in read_container(files["sam"])
    ]
    with pytest.raises(FileFormatError, match="DETAIL_GAINS"):
        shipped.decompress(write_container(sections))


def test_what_it_takes_is_counted(plain_weights, make_cube):
    cube, told = make_cube(96, 96, 10), {}
    for name in NAMES:
        tally = Tally()
        _plain(plain_weights, name).compress(cube, Rate(0.3), tally=tally)
        told[name] = tally.total
    of = {stage: [told[name][stage] for name in NAMES] for stage in Stage}
    assert [count / eigendecomposition(10) for count in of[Stage.EIGENVECTORS]] == [9, 1, 2, 9]
    # A covariance of all pixels.
    assert of[Stage.STATISTICS][1] == 96 * 96 * 10 * (1 + 11 / 2) + 2 * 2 * 10**2
    assert of[Stage.WEIGHTS][1] < of[Stage.WEIGHTS][2] < of[Stage.WEIGHTS][0]
