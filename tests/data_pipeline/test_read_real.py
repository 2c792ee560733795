"""Every file of the real cubes, against what is known of it."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.readers import open_scene, read_scene

# (rows, cols, bands), type, least and greatest sample.
KNOWN = {
    "abu-airport-1.mat": ((100, 100, 205), "uint16", None),
    "abu-airport-2.mat": ((100, 100, 205), "uint16", None),
    "abu-airport-3.mat": ((100, 100, 205), "int16", None),
    "abu-beach-1.mat": ((150, 150, 188), "int16", (-32, 6593)),
    "abu-beach-2.mat": ((100, 100, 193), "int16", (-19, 4100)),
    "abu-urban-1.mat": ((100, 100, 204), "int16", (-50, 6534)),
    "abu-urban-3.mat": ((100, 100, 191), "uint16", None),
    "abu-urban-4.mat": ((100, 100, 205), "int16", None),
    "abu-urban-5.mat": ((100, 100, 205), "int16", None),
    "enmap_potsdam_a.npz": ((64, 96, 218), "int16", (0, 10439)),
    "enmap_potsdam_c1.npz": ((32, 64, 218), "int16", (0, 6273)),
    "enmap_potsdam_c2.npz": ((32, 64, 218), "int16", (-145, 4972)),
    "gatorsense_vi.mat": ((90, 90, 224), "int16", (-12, 8143)),
    "hydice_urban.npz": ((80, 100, 162), "uint16", (0, 592)),
    "hydice_urban_2.npz": ((80, 60, 162), "uint16", (0, 705)),
    "hyperion_paris.mat": ((72, 72, 128), "float64", None),
    "indian_pines.npz": ((145, 145, 200), "uint16", (955, 9604)),
    "jasper_ridge.npz": ((100, 100, 224), "int16", (0, 5437)),
    "lhdata.hdr": ((100, 100, 186), "uint16", (0, 56528)),
    "lhdata.img": ((100, 100, 186), "uint16", (0, 56528)),
    "pavia_centre.npz": ((105, 120, 102), "uint16", (0, 6733)),
    "pavia_university.npz": ((80, 50, 103), "float32", (0.011225015, 0.6450389)),
    "salinas_a.mat": ((83, 86, 224), "int16", (-9, 8373)),
    "salton_sea.npz": ((51, 56, 224), "float32", None),
    "samson.npz": ((95, 95, 156), "float32", (0, 1)),
    "san_diego_a.mat": ((100, 100, 224), "int16", (-2605, 7136)),
}


def test_no_real_cube_is_left_out(real_data):
    cubes = {path.name for path in real_data.iterdir() if path.suffix in (".mat", ".npz", ".hdr")}
    assert cubes <= set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_real_cube(real_data, name):
    shape, dtype, bounds = KNOWN[name]
    source = open_scene(real_data / name, "HSim" if name.startswith("hyperion") else None)
    assert source.shape == shape
    assert source.dtype == dtype
    scene = source.read_all()
    assert scene.values.shape == shape
    assert scene.values.dtype == dtype
    if bounds is not None:
        assert (scene.values.min(), scene.values.max()) == pytest.approx(bounds)
    window = source.read(slice(10, 31), slice(40, 41))
    np.testing.assert_array_equal(window, scene.values[10:31, 40:41])


def test_real_cube_beside_a_multispectral_one_must_be_named(real_data):
    with pytest.raises(DataError, match=r"HSim \(72x72x128 double\), MSim"):
        read_scene(real_data / "hyperion_paris.mat")


def test_real_wavelengths(real_data):
    ends = {
        "gatorsense_vi.mat": (365.9, 2497.0),
        "salton_sea.npz": (365.9, 2496.0),
        "lhdata.hdr": (390.19, 856.45),
    }
    for name, expected in ends.items():
        wavelengths = read_scene(real_data / name).wavelengths
        assert wavelengths[[0, -1]] == pytest.approx(expected, rel=0.01), name
        assert (np.diff(wavelengths) > -20).all(), name


def test_real_bad_bands_are_the_nan_bands(real_data):
    scene = read_scene(real_data / "salton_sea.npz")
    empty = np.isnan(scene.values).all(axis=(0, 1))
    assert empty.sum() == 20
    assert not scene.band_mask[empty].any()
