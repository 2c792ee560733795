"""A georeferenced scene with missing samples through the command line, judged by rasterio and xarray."""

import numpy as np
import pytest
import rasterio
import xarray
from rasterio.transform import Affine

from btcnet_jax.scene import Scene
from data_pipeline.readers import read_scene
from data_pipeline.writers import write_cube

ROWS, COLS, BANDS = 36, 32, 12
TRANSFORM = (30.0, 0.0, 399960.0, 0.0, -30.0, 4300020.0)
NODATA = -9999


def _scene(dtype):
    """Hills within a slanted border, one stray missing sample, two bad bands."""
    row, col, band = np.mgrid[:ROWS, :COLS, :BANDS]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values += 400 * np.cos(band / 2)
    values = (values + np.random.default_rng(0).normal(0, 4, values.shape)).astype(dtype)
    border = (row + 0.3 * col < 10) | (row - 0.2 * col > 30)
    values[border] = NODATA
    values[20, 11, 4] = NODATA
    return Scene(
        name="scene",
        values=values,
        wavelengths=np.round(np.linspace(420.5, 2450.25, BANDS), 2),
        fwhm=np.full(BANDS, 9.5),
        band_names=tuple(f"B{index:02}" for index in range(1, BANDS + 1)),
        band_mask=~np.isin(np.arange(BANDS), (6, 7)),
        nodata=NODATA,
        crs=rasterio.crs.CRS.from_epsg(32618).to_wkt(),
        transform=TRANSFORM,
    )


def _judge_raster(path, original):
    with rasterio.open(path) as raster:
        values, mask = np.moveaxis(raster.read(), 0, -1), np.moveaxis(raster.read_masks(), 0, -1)
        assert raster.crs == rasterio.crs.CRS.from_epsg(32618)
        assert raster.transform == Affine(*TRANSFORM)
        assert raster.nodata == NODATA
        assert raster.descriptions[2].startswith("B03")
        if path.suffix == ".tif":
            tags = [raster.tags(band, ns="IMAGERY") for band in raster.indexes]
            told = [1000 * float(one["CENTRAL_WAVELENGTH_UM"]) for one in tags]
            np.testing.assert_allclose(told, original.wavelengths, rtol=1e-9)
    np.testing.assert_array_equal(mask > 0, original.valid())
    return values


def _judge_netcdf(path, original):
    with xarray.open_dataset(path, engine="h5netcdf", mask_and_scale=False) as data:
        cube = data[next(name for name, array in data.items() if array.ndim == 3)]
        np.testing.assert_array_equal(data["wavelength"], original.wavelengths)
        assert cube.attrs["_FillValue"] == NODATA
        place = data[cube.attrs["grid_mapping"]].attrs
        assert rasterio.crs.CRS.from_wkt(place["crs_wkt"]) == rasterio.crs.CRS.from_epsg(32618)
        return cube.transpose("y", "x", ...).to_numpy()


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_border_and_the_metadata_come_back_in_every_format(btcnet, tmp_path, dtype):
    original, packed = _scene(dtype), tmp_path / "scene.btcn"
    write_cube(tmp_path / "scene.hdr", original)
    status, told, _ = btcnet("compress", tmp_path / "scene.hdr", packed, "--bpppb", "1")
    assert status == 0
    assert "nodata -9999" in told
    assert "2 bad bands (coded, weighted least)" in told
    assert "% of the samples, which come back as they are" in told
    told = btcnet("info", packed)[1]
    assert "420.5 to 2450.2 nm" in told
    assert "nodata" in told
    missing = ~original.valid()
    for suffix, judge in ((".tif", _judge_raster), (".img", _judge_raster), (".nc", _judge_netcdf)):
        path = tmp_path / f"restored{suffix}"
        assert btcnet("decompress", packed, path)[0] == 0
        values = judge(path, original)
        np.testing.assert_array_equal(values[missing], original.values[missing])
        judged = ~missing & original.band_mask
        error = np.abs(values.astype(float) - original.values)[judged]
        assert error.mean() < 10
        again = read_scene(path)
        for name in ("wavelengths", "fwhm", "band_mask", "nodata", "transform"):
            np.testing.assert_allclose(
                np.asarray(getattr(again, name), float),
                np.asarray(getattr(original, name), float),
                err_msg=f"{name} of {suffix}",
            )


def test_bad_bands_can_be_dropped_and_nodata_and_mask_named(btcnet, tmp_path):
    original, packed = _scene("int16"), tmp_path / "scene.btcn"
    np.savez(tmp_path / "scene.npz", cube=original.values, bbl=original.band_mask.astype("u1"))
    mask = np.ones((ROWS, COLS), np.uint8)
    mask[:, :3] = 0
    np.save(tmp_path / "mask.npy", mask)
    words = ["--nodata", NODATA, "--mask", tmp_path / "mask.npy", "--bad-bands", "drop"]
    status, told, _ = btcnet("compress", tmp_path / "scene.npz", packed, "--bpppb", "1", *words)
    assert status == 0
    assert "2 bad bands (come back as nodata)" in told
    assert btcnet("decompress", packed, tmp_path / "restored.npz")[0] == 0
    again = read_scene(tmp_path / "restored.npz")
    assert (again.values[..., 6:8] == NODATA).all()
    expected = original.valid() & original.band_mask & (mask[..., None] > 0)
    np.testing.assert_array_equal(again.valid(), expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nodata", "0.5"], "is no value of int16"),
        (["--mask", "none.npy"], "none.npy"),
        (["--mask", "small.npy"], "the mask is 2 x 2 pixels"),
        (["--mask", "nothing.npy"], "no sample is valid"),
    ],
)
def test_masks_and_values_that_cannot_be(btcnet, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    np.save("scene.npy", _scene("int16").values)
    np.save("small.npy", np.ones((2, 2), np.uint8))
    np.save("nothing.npy", np.zeros((ROWS, COLS), np.uint8))
    status, _, error = btcnet("compress", "scene.npy", "scene.btcn", *words)
    assert status == 2
    assert error.count("\n") == 1
    assert message in error
    assert not (tmp_path / "scene.btcn").exists()
