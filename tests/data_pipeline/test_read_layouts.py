"""Scenes written by the test in every layout a reader knows, read whole and in windows."""

import h5py
import numpy as np
import pytest
import rasterio
import scipy.io
from made_scenes import (
    BANDS,
    COLS,
    ENVI_AXES,
    ENVI_TYPES,
    ROWS,
    WAVELENGTHS,
    assert_scene,
    cube,
    write_envi,
)

from data_pipeline.readers import read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing


@pytest.mark.parametrize("interleave", ENVI_AXES)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("code", ENVI_TYPES)
def test_envi_of_every_type_order_and_interleave(tmp_path, code, order, interleave):
    header = write_envi(tmp_path, code=code, interleave=interleave, order=order, offset=13)
    for path in (header, tmp_path / "a.img"):
        assert_scene(path, np.dtype(ENVI_TYPES[code]).name)


@pytest.mark.parametrize("data_name", ["a", "a.dat", "a.bil", "a.RAW"])
def test_envi_data_files_of_other_names(tmp_path, data_name):
    header = write_envi(tmp_path, data_name=data_name)
    assert_scene(header)
    assert_scene(tmp_path / data_name)


def test_envi_header_named_after_the_whole_data_file(tmp_path):
    write_envi(tmp_path, data_name="a.xyz").rename(tmp_path / "a.xyz.hdr")
    assert_scene(tmp_path / "a.xyz.hdr")
    assert_scene(tmp_path / "a.xyz")


@pytest.mark.parametrize(
    ("units", "factor"),
    [("Micrometers", 1e-3), ("Nanometers", 1), ("um", 1e-3), ("Unknown", 1), ("Unknown", 1e-3)],
)
def test_envi_wavelengths_in_nanometers(tmp_path, units, factor):
    listed = ", ".join(str(x * factor) for x in WAVELENGTHS)
    widths = ", ".join(str(10.0 * factor) for _ in WAVELENGTHS)
    more = f"wavelength units = {units}\nwavelength = {{\n{listed}}}\nfwhm = {{{widths}}}\n"
    scene = read_scene(write_envi(tmp_path, more=more))
    np.testing.assert_allclose(scene.wavelengths, WAVELENGTHS, rtol=1e-12)
    np.testing.assert_allclose(scene.fwhm, 10.0, rtol=1e-12)
    assert scene.wavelengths.dtype == np.float64


def test_envi_band_numbers_are_no_wavelengths(tmp_path):
    more = "wavelength units = Index\nwavelength = {1,2,3,4}\n"
    assert read_scene(write_envi(tmp_path, more=more)).wavelengths is None


def test_envi_bad_bands_nodata_and_map(tmp_path):
    more = (
        "bbl = {1, 0, 1, 1}\ndata ignore value = -9999\n"
        "map info = {UTM, 1, 1, 500000, 4000000, 4, 4, 11, North, WGS-84, units=Meters}\n"
    )
    scene = read_scene(write_envi(tmp_path, more=more))
    np.testing.assert_array_equal(scene.band_mask, [True, False, True, True])
    assert scene.nodata == -9999
    assert isinstance(scene.nodata, int)
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_dict()["zone"] == 11
    assert scene.transform == (4, 0, 500000, 0, -4, 4000000)


def test_scene_without_georeferencing_has_none(tmp_path):
    scene = read_scene(write_envi(tmp_path))
    assert (scene.crs, scene.transform, scene.nodata, scene.band_mask) == (None,) * 4
    assert scene.name == "a"


def test_nodata_that_no_sample_can_equal_is_dropped(tmp_path):
    header = write_envi(tmp_path, code=12, more="data ignore value = -9999\n")
    assert read_scene(header).nodata is None


@pytest.mark.parametrize("interleave", ["band", "pixel"])
@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_geotiff(tmp_path, interleave, driver):
    path = tmp_path / "a.tif"
    shape = {"height": ROWS, "width": COLS, "count": BANDS, "dtype": "uint16", "nodata": 0}
    options = {"interleave": interleave} if driver == "GTiff" else {}
    transform = rasterio.Affine(4, 0.5, 1000, 0.5, -4, 2000)
    with rasterio.open(
        path, "w", driver=driver, crs="EPSG:32611", transform=transform, **shape, **options
    ) as raster:
        raster.write(np.moveaxis(cube("uint16"), -1, 0))
    scene = assert_scene(path, "uint16")
    assert scene.nodata == 0
    assert scene.transform == (4, 0.5, 1000, 0.5, -4, 2000)
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 32611


def test_geotiff_without_georeferencing(tmp_path):
    path = tmp_path / "a.tiff"
    with (
        quiet_about_georeferencing(),
        rasterio.open(path, "w", "GTiff", COLS, ROWS, BANDS, dtype="int16") as raster,
    ):
        raster.write(np.moveaxis(cube(), -1, 0))
    assert assert_scene(path).transform is None


@pytest.mark.parametrize("dtype", ["<i2", ">i2", ">f4", "<f8", "u1"])
def test_npy_of_both_byte_orders_and_memory_orders(tmp_path, dtype):
    path = tmp_path / "a.npy"
    for stored in (cube(dtype), np.asfortranarray(cube(dtype))):
        np.save(path, stored)
        assert_scene(path, np.dtype(dtype).name)


def test_npz_with_side_arrays(tmp_path):
    path = tmp_path / "a.npz"
    sides = {"wavelength": WAVELENGTHS[None] / 1e3, "bbl": np.array([1, 1, 0, 1], np.uint8)}
    np.savez(path, x=cube().astype(">i2"), labels=cube()[..., 0], **sides)
    scene = assert_scene(path)
    assert scene.variable == "x"
    np.testing.assert_allclose(scene.wavelengths, WAVELENGTHS)
    np.testing.assert_array_equal(scene.band_mask, [True, True, False, True])


def test_objects_beside_a_cube_are_not_unpickled(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=cube(), notes=np.array([{"a": 1}], dtype=object))
    assert_scene(path)


@pytest.mark.parametrize("compressed", [False, True])
def test_mat_with_side_arrays(tmp_path, compressed):
    path = tmp_path / "a.mat"
    arrays = {"data": cube(), "map": cube()[..., 0], "wavelengths": WAVELENGTHS[:, None]}
    scipy.io.savemat(path, arrays, do_compression=compressed)
    scene = assert_scene(path)
    assert scene.variable == "data"
    np.testing.assert_array_equal(scene.wavelengths, WAVELENGTHS)


def test_several_cubes_are_chosen_by_name(tmp_path):
    arrays = {"small": cube()[:2], "large": cube()}
    scipy.io.savemat(tmp_path / "a.mat", arrays)
    np.savez(tmp_path / "a.npz", **arrays)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, array in arrays.items():
            file[f"group/{name}"] = array
    assert_scene(tmp_path / "a.mat", variable="large")
    assert_scene(tmp_path / "a.npz", variable="large")
    assert_scene(tmp_path / "a.h5", variable="/group/large")


def test_mat_7_3_has_its_axes_reversed(tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["data"] = cube().T
        file["data"].attrs["MATLAB_class"] = np.bytes_("int16")
        file["mask"] = np.ones((BANDS, COLS, ROWS), np.uint8)
        file["mask"].attrs["MATLAB_class"] = np.bytes_("logical")
        file["#refs#/a"] = cube().T
        file["wavelengths"] = WAVELENGTHS[None]
    scene = assert_scene(path)
    np.testing.assert_array_equal(scene.wavelengths, WAVELENGTHS)


def test_hdf5_chunked_big_endian_in_groups(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = cube().astype(">i2")
        cubes = file.create_dataset("swath/radiance", data=data, chunks=(2, 3, 2), shuffle=True)
        cubes.attrs["_FillValue"] = np.array([-1], np.int16)
        file["bands/fwhm"], file["bands/wavelengths"] = np.full(4, 8.0), WAVELENGTHS
    scene = assert_scene(path)
    assert scene.variable == "swath/radiance"
    assert scene.nodata == -1
    np.testing.assert_array_equal(scene.wavelengths, WAVELENGTHS)
    np.testing.assert_array_equal(scene.fwhm, 8.0)


@pytest.mark.parametrize("labels", [True, False])
def test_netcdf_4_with_bands_first(tmp_path, labels):
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        file["cube"] = np.moveaxis(cube(), -1, 0)
        for axis, (name, size) in enumerate({"band": BANDS, "y": ROWS, "x": COLS}.items()):
            if labels:
                file["cube"].dims[axis].label = name
            else:
                file[name] = np.arange(size)
                file[name].make_scale()
                file["cube"].dims[axis].attach_scale(file[name])
    assert_scene(path)


@pytest.mark.parametrize("bands_first", [True, False])
def test_classic_netcdf(tmp_path, bands_first):
    path = tmp_path / "a.nc"
    sizes = {"y": ROWS, "x": COLS, "wavelength": BANDS}
    names = ("wavelength", "y", "x") if bands_first else ("y", "x", "wavelength")
    with scipy.io.netcdf_file(path, "w") as file:
        for name, size in sizes.items():
            file.createDimension(name, size)
        variable = file.createVariable("radiance", "i2", names)
        variable[:] = np.moveaxis(cube(), -1, 0) if bands_first else cube()
        variable._FillValue = -5
        file.createVariable("wavelength", "f8", ("wavelength",))[:] = WAVELENGTHS
    scene = assert_scene(path)
    assert scene.nodata == -5
    np.testing.assert_array_equal(scene.wavelengths, WAVELENGTHS)
