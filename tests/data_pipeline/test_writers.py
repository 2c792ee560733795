"""Cubes written and read back, in every suffix and type; nothing left behind on failure."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

from btcnet_jax.errors import BtcnetError, DataError
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers import read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.writers import archives, envi, geotiff, hdf5, netcdf, write_cube

ROOT = Path(__file__).parent.parent.parent
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = [*INTEGERS, "float16", "float32", "float64"]
SUFFIXES = [".npy", ".npz", ".mat", ".hdr", ".img", ".tif", ".nc", ".h5"]
REFUSED = {(suffix, "float16") for suffix in (".mat", ".tif", ".nc")} | {
    (suffix, dtype) for suffix in (".hdr", ".img") for dtype in ("float16", "int8")
}


def extremes(dtype, shape=(3, 5, 4)):
    """A cube holding the type's bounds, which a conversion on the way would change."""
    info = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    values[0, 0, :2] = info.min, info.max
    return values


def placed(values):
    return Scene(
        values=values,
        name="placed",
        wavelengths=np.array([400.1, 500.123456789, 1e3 / 3, 2500.0]),
        fwhm=np.array([9.7, 10.0, 10.1, 1 / 3]),
        band_mask=np.array([True, False, True, True]),
        nodata=-9999,
        crs=rasterio.crs.CRS.from_epsg(32611).to_wkt(),
        transform=(4.0, 0.0, 500000.0, 0.0, -4.0, 4000000.0),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip_of_every_suffix_and_type(tmp_path, suffix, dtype):
    path, values = tmp_path / f"a{suffix}", extremes(dtype)
    if (suffix, dtype) in REFUSED:
        with pytest.raises(DataError, match=f"cannot hold {dtype}; write .npy"):
            write_cube(path, Scene(values=values))
        assert list(tmp_path.iterdir()) == []
        return
    write_cube(path, Scene(values=values))
    read = read_scene(path).values
    assert read.dtype == values.dtype
    np.testing.assert_array_equal(read, values)
    expected = {"a.hdr", "a.img"} if suffix in (".hdr", ".img") else {path.name}
    assert {file.name for file in tmp_path.iterdir()} == expected


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_byte_and_memory_orders(tmp_path, suffix):
    values = extremes("int16")
    turned = np.asfortranarray(values.astype(">i2"))[:, ::-1]
    write_cube(tmp_path / f"a{suffix}", Scene(values=turned))
    np.testing.assert_array_equal(read_scene(tmp_path / f"a{suffix}").values, values[:, ::-1])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_in_capitals(tmp_path, suffix):
    path, values = tmp_path / f"A{suffix.upper()}", extremes("int16")
    write_cube(path, Scene(values=values))
    written = path.with_suffix(suffix) if suffix in (".hdr", ".img") else path
    np.testing.assert_array_equal(read_scene(written).values, values)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".hdr", ".tif", ".nc"])
def test_what_is_known_of_the_bands_comes_back(tmp_path, suffix):
    scene = placed(extremes("int16"))
    write_cube(tmp_path / f"a{suffix}", scene)
    read = read_scene(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(read.wavelengths, scene.wavelengths)
    np.testing.assert_array_equal(read.fwhm, scene.fwhm)
    np.testing.assert_array_equal(read.band_mask, scene.band_mask)
    assert read.nodata == -9999


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".hdr", ".tif", ".nc"])
@pytest.mark.parametrize("turn", [0.0, 0.5])
def test_georeferencing_comes_back(tmp_path, suffix, turn):
    scene = placed(extremes("int16"))
    scene.transform = (4.0, turn, 500000.0, turn, -4.0, 4000000.0)
    write_cube(tmp_path / f"a{suffix}", scene)
    read = read_scene(tmp_path / f"a{suffix}")
    assert read.transform == pytest.approx(scene.transform)
    written, original = (rasterio.crs.CRS.from_wkt(text) for text in (read.crs, scene.crs))
    assert written.to_epsg() == original.to_epsg() == 32611


def test_sheared_map_is_left_out_by_envi_and_told(tmp_path):
    scene = placed(extremes("int16"))
    scene.transform = (4.0, 0.1, 0.0, -0.3, -4.0, 0.0)
    assert write_cube(tmp_path / "a.hdr", scene) == ["transform"]
    assert read_scene(tmp_path / "a.hdr").transform is None
    assert write_cube(tmp_path / "a.tif", scene) == []


def test_nodata_outside_the_type_is_left_out(tmp_path):
    scene = placed(extremes("int16"))
    write_cube(tmp_path / "a.tif", dataclasses.replace(scene, values=scene.values.astype(np.uint8)))
    assert read_scene(tmp_path / "a.tif").nodata is None


def test_envi_is_bil_with_wavelengths_in_the_header(tmp_path):
    scene = placed(extremes("int16"))
    write_cube(tmp_path / "a.img", scene)
    header = (tmp_path / "a.hdr").read_text()
    assert "interleave = bil" in header
    assert "wavelength = {400.1,\n500.123456789,\n" in header
    assert "wavelength units = Nanometers" in header
    written = np.fromfile(tmp_path / "a.img", np.int16).reshape(3, 4, 5)
    np.testing.assert_array_equal(written, scene.values.transpose(0, 2, 1))


def test_geotiff_is_deflated_band_by_band(tmp_path):
    write_cube(tmp_path / "a.tif", Scene(values=np.ones((64, 64, 3), np.uint8)))
    with quiet_about_georeferencing(), rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.profile["interleave"] == "band"
        assert raster.profile["compress"] == "deflate"
        assert raster.colorinterp[0].name == "gray"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_interrupted_write_keeps_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, suffix, error
):
    path, old = tmp_path / f"a{suffix}", extremes("int16")
    write_cube(path, Scene(values=old))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def broken(target, *arguments, **options):
        if suffix == ".npy":
            target(b"half")
        if suffix == ".npz":
            target.write(b"half")
        raise error

    monkeypatch.setattr(archives, "save_npy", broken)
    monkeypatch.setattr(archives.np, "savez_compressed", broken)
    monkeypatch.setattr("scipy.io.savemat", broken)
    monkeypatch.setattr(envi, "_describe", broken)
    monkeypatch.setattr(geotiff, "_describe", broken)
    monkeypatch.setattr(netcdf, "_attach", broken)
    monkeypatch.setattr(hdf5, "scene_arrays", broken)
    with pytest.raises(BtcnetError if error is OSError else error):
        write_cube(path, Scene(values=old + 1))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("suffix", [".hdr", ".tif"])
def test_statistics_of_a_replaced_raster_are_removed(tmp_path, suffix):
    name = "a.img" if suffix == ".hdr" else "a.tif"
    stale = tmp_path / f"{name}.aux.xml"
    stale.write_text("<PAMDataset/>")
    write_cube(tmp_path / f"a{suffix}", Scene(values=extremes("int16")))
    assert not stale.exists()


def test_places_and_names_that_cannot_be_written(tmp_path):
    values = extremes("int16")
    with pytest.raises(BtcnetError, match="its folder does not exist"):
        write_cube(tmp_path / "missing" / "a.npy", Scene(values=values))
    with pytest.raises(DataError, match=r"no format to write; use \.npy, \.npz, \.mat"):
        write_cube(tmp_path / "a.png", Scene(values=values))
    (tmp_path / "a.npy").mkdir()
    with pytest.raises(BtcnetError, match="it is a folder"):
        write_cube(tmp_path / "a.npy", Scene(values=values))


def test_the_scene_is_not_changed(tmp_path):
    scene = placed(extremes("int16"))
    before = dataclasses.replace(scene)
    write_cube(tmp_path / "a.tif", dataclasses.replace(scene, values=scene.values.astype(np.uint8)))
    assert scene.info() == before.info()


def test_an_envi_header_names_its_data_and_no_passing_file(tmp_path):
    write_cube(tmp_path / "scene.hdr", Scene(values=extremes("int16")))
    header = (tmp_path / "scene.hdr").read_text()
    assert "description = {\nscene.img}" in header
    assert str(tmp_path) not in header


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_that_may_not_be_so_large_raise_and_leave_nothing(tmp_path, suffix):
    # In a process of its own, for the limit holds for all that it writes.
    code = (
        "import resource, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from btcnet_jax.errors import BtcnetError\n"
        "from btcnet_jax.scene import Scene\n"
        "from data_pipeline.writers import write_cube\n"
        "values = np.random.default_rng(0).integers(0, 30000, (60, 50, 40)).astype(np.int16)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    write_cube(Path(sys.argv[1]), Scene(values=values))\n"
        "except BtcnetError as error:\n"
        "    print(error)\n"
        "    sys.exit(7)\n"
    )
    command = [sys.executable, "-c", code, tmp_path / f"a{suffix}"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert "cannot" in done.stdout
    assert done.stdout.count("\n") == 1
    assert [*tmp_path.iterdir()] == []
