"""Compressed files by xarray: what a NetCDF file of the scene says, of which only what is wanted is read."""

import io
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from conftest import NODATA, ROOT, SHAPE, TILE

import btcnet_jax as bt
from btcnet_jax.errors import BtcnetError, ConfigError, FileFormatError
from data_pipeline.writers import write_cube

xarray = pytest.importorskip("xarray", reason="xarray is not installed: extra arrays")

from btcnet_arrays import dataset  # noqa: E402
from btcnet_arrays.xarray_backend import BtcnetBackend  # noqa: E402


def _open(path, **options):
    return xarray.open_dataset(path, engine=BtcnetBackend, **options)


@pytest.fixture(scope="module")
def netcdf(path, tmp_path_factory):
    """The same scene as NetCDF, restored by the command's own writer."""
    pytest.importorskip("h5netcdf")
    written = tmp_path_factory.mktemp("written") / "scene.nc"
    write_cube(written, bt.open(path).decompress())
    return written


@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_it_is_the_dataset_of_the_restored_netcdf_file(path, netcdf, mask_and_scale):
    ours = _open(path, mask_and_scale=mask_and_scale)
    with xarray.open_dataset(netcdf, engine="h5netcdf", mask_and_scale=mask_and_scale) as theirs:
        assert ours.attrs == theirs.attrs
        assert set(ours.variables) == set(theirs.variables)
        for name in theirs.variables:
            one, other = ours[name], theirs[name]
            assert one.dims == other.dims
            np.testing.assert_array_equal(one.values, other.values)
            attributes = {key: str(value) for key, value in one.attrs.items()}
            wanted = {key: str(value) for key, value in other.attrs.items()}
            assert attributes == {k: v for k, v in wanted.items() if k != "grid_mapping"}


def test_what_is_known_of_bands_and_places_goes_with_the_cube(path):
    cube = _open(path)["cube"]
    assert cube.dims == ("wavelength", "y", "x")
    assert {"wavelength", "fwhm", "bbl", "band_names", "y", "x", "spatial_ref"} == set(cube.coords)
    assert cube.encoding["grid_mapping"] == "spatial_ref"
    assert cube["spatial_ref"].attrs["GeoTransform"] == "1000.0 30.0 0.0 9000.0 0.0 -30.0"
    assert cube.attrs == {"units": "1"}
    assert float(cube["x"][0]) == 1015
    assert np.isnan(cube.values).sum() == 5 * 6 * SHAPE[2] + 1
    assert _open(path, decode_coords=False)["cube"].attrs["grid_mapping"] == "spatial_ref"


def test_samples_are_as_they_were_coded_where_masks_are_not_asked_for(path):
    cube = _open(path, mask_and_scale=False)["cube"]
    restored = bt.open(path).decompress().values
    assert (cube.dtype, cube.attrs["_FillValue"]) == (np.int16, NODATA)
    np.testing.assert_array_equal(cube.values, restored.transpose(2, 0, 1))


_CHOICES = [
    {"wavelength": 2},
    {"y": slice(3, 15), "x": slice(10, 200, 7)},
    {"x": slice(30, 20, -2), "wavelength": slice(None, None, -1)},
    {"wavelength": [5, 0, 0], "y": [7, 3]},
    {"y": -1, "x": 17, "wavelength": [1]},
    {"x": slice(5, 5)},
    {"y": 3, "x": 4, "wavelength": 5},
    {"y": xarray.DataArray([1, 5, 9], dims="p"), "x": xarray.DataArray([8, 100, 2], dims="p")},
]


@pytest.mark.parametrize("choice", _CHOICES, ids=str)
def test_any_choice_is_that_of_the_whole(path, choice):
    cube = _open(path, mask_and_scale=False)["cube"]
    whole = cube.copy(data=bt.open(path).decompress().values.transpose(2, 0, 1))
    xarray.testing.assert_equal(cube.isel(choice).load(), whole.isel(choice))


@pytest.fixture
def chunks_of_tiles(monkeypatch):
    """Chunks of one tile each."""
    monkeypatch.setattr(dataset, "LEAST_CHUNK", 1)


def test_chunks_are_of_whole_tiles_of_256_samples_and_more(path, monkeypatch):
    for least, cols in ((16, 16), (17, 32), (100, 112), (256, 240)):
        monkeypatch.setattr(dataset, "LEAST_CHUNK", least)
        wanted = {"wavelength": 6, "y": SHAPE[0], "x": cols}
        assert _open(path)["cube"].encoding["preferred_chunks"] == wanted


def test_no_tile_is_read_to_open_and_few_for_a_window(path, tiles_read):
    cube = _open(path)["cube"]
    assert tiles_read == []
    cube.isel(x=slice(0, 9)).load()
    assert 1 <= len(tiles_read) < 7


def test_dask_computes_a_window_from_the_tiles_that_it_needs(path, tiles_read, chunks_of_tiles):
    pytest.importorskip("dask", reason="Dask is not installed: extra arrays")
    cube = _open(path, chunks={})["cube"]
    assert cube.chunks == ((6,), (SHAPE[0],), (TILE,) * 15)
    window = cube.isel(x=slice(3, 12))
    assert tiles_read == []
    found = window.compute(scheduler="synchronous").values
    assert 1 <= len(tiles_read) < 7
    wanted = bt.open(path)[:, 3:12].values * 1e-4
    np.testing.assert_allclose(found[:, 15:], wanted.transpose(2, 0, 1)[:, 15:])


def test_threads_read_one_dataset(path, chunks_of_tiles):
    pytest.importorskip("dask", reason="Dask is not installed: extra arrays")
    cube = _open(path, chunks={}, mask_and_scale=False)["cube"]
    found = cube.compute(scheduler="threads", num_workers=4).values
    np.testing.assert_array_equal(found, bt.open(path).decompress().values.transpose(2, 0, 1))


def test_a_dataset_goes_to_another_process(path):
    first = _open(path, mask_and_scale=False)
    copy = pickle.loads(pickle.dumps(first))
    xarray.testing.assert_identical(copy.isel(x=slice(7, 9)), first.isel(x=slice(7, 9)))


def test_a_copy_of_a_dataset_refuses_a_file_that_has_changed(path, tmp_path, tiled, values):
    changed = tmp_path / "scene.btcn"
    changed.write_bytes(path.read_bytes())
    told = pickle.dumps(_open(changed))
    changed.write_bytes(tiled.compress(np.abs(values[:16, :16]), bt.Rate(2.0)))
    with pytest.raises(FileFormatError, match="has changed since it was opened"):
        pickle.loads(told).load()


def test_a_trained_network_s_file_opens_as_well(tmp_path):
    cube = np.random.default_rng(0).integers(100, 200, (8, 8, 172)).astype(np.uint16)
    codec = bt.load("btcnet-v2-aviris")
    (tmp_path / "scene.btcn").write_bytes(codec.compress(cube))
    found = _open(tmp_path / "scene.btcn")["cube"]
    assert found.encoding["preferred_chunks"] == {"band": 172, "y": 8, "x": 8}
    assert found.isel(band=[3, 100], y=2).shape == (2, 8)
    wanted = bt.open(tmp_path / "scene.btcn").decompress().values
    np.testing.assert_array_equal(found.values, wanted.transpose(2, 0, 1))


def test_a_url_bytes_and_an_open_file_open_as_a_path_does(path):
    data, wanted = path.read_bytes(), _open(path).isel(x=slice(0, 4)).load()
    memory = pytest.importorskip("fsspec").filesystem("memory")
    memory.pipe("/arrays/scene.btcn", data)
    for source in ("memory://arrays/scene.btcn", io.BytesIO(data), data):
        found = _open(source).isel(x=slice(0, 4))
        xarray.testing.assert_identical(found.load(), wanted)


def test_what_cannot_be_opened_is_one_clear_error(path, tmp_path):
    (tmp_path / "cut.btcn").write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FileFormatError, match="truncated"):
        _open(tmp_path / "cut.btcn")
    with pytest.raises(BtcnetError, match=r"none\.btcn"):
        _open(tmp_path / "none.btcn")
    plain = _open(path, decoder="none")["cube"]
    assert (plain.to_numpy() != _open(path)["cube"].to_numpy()).any()
    with pytest.raises(ConfigError, match="ensemble"):
        _open(path, ensemble=3)["cube"].isel(x=0).load()


def test_the_engine_is_found_by_name_and_by_suffix(path, installed):
    xarray.backends.plugins.list_engines.cache_clear()
    try:
        assert _variables(xarray.open_dataset(path, engine="btcnet")) == _variables(_open(path))
        assert _variables(xarray.open_dataset(path)) == _variables(_open(path))
    finally:
        xarray.backends.plugins.list_engines.cache_clear()


def _variables(opened):
    return set(opened.variables)


def test_files_are_known_by_name_or_by_how_they_begin(path):
    engine = BtcnetBackend()
    known = ("a.btcn", "s3://b/A.BTCN", path, path.read_bytes(), io.BytesIO(path.read_bytes()))
    assert all(engine.guess_can_open(each) for each in known)
    others = ("a.nc", b"\x89HDF", io.BytesIO(b"CDF"), 3, object())
    assert not any(engine.guess_can_open(each) for each in others)


def test_listing_engines_imports_nothing_of_the_codec():
    code = (
        "import sys, btcnet_arrays.xarray_backend;"
        "sys.exit(any(name in sys.modules for name in ('jax', 'rasterio', 'numba', 'btcnet_jax.codec')))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
