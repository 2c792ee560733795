"""Scenes found in each publisher's layout, and what is told when they are not."""

import numpy as np
import pytest
from layout_files import make_cube, write_band_folder, write_mat, write_raster

from btcnet_jax.errors import DataError
from data_pipeline.builders.layouts import (
    find_aviris,
    find_folder_scenes,
    find_hyperion,
    find_whu_hi,
)


def names(scenes):
    return [scene.name for scene in scenes]


def test_aviris_flight_lines_without_their_geometry(tmp_path):
    line = tmp_path / "f970620t01p02r03"
    cube = make_cube(bands=4)
    write_raster(line / "f970620t01p02r03_rfl_img", cube, "ENVI")
    write_raster(line / "f970620t01p02r03_ort_glt", cube, "ENVI")
    write_raster(line / "f970620t01p02r03_obs.img", cube, "ENVI")
    write_mat(tmp_path / "moffett.mat", cube=cube)
    found = find_aviris(tmp_path, None)
    assert names(found) == ["f970620t01p02r03/f970620t01p02r03_rfl_img.hdr", "moffett.mat"]
    assert [path.name for path in found[0].files] == [
        "f970620t01p02r03_rfl_img.hdr",
        "f970620t01p02r03_rfl_img",
    ]
    np.testing.assert_array_equal(found[0].open().read_all().values, cube)


def test_whu_hi_mat_by_name_beside_its_labels(tmp_path):
    place = tmp_path / "WHU-Hi-LongKou"
    cube = make_cube(bands=6)
    write_mat(place / "WHU_Hi_LongKou.mat", WHU_Hi_LongKou=cube, other=cube)
    write_mat(place / "WHU_Hi_LongKou_gt.mat", WHU_Hi_LongKou_gt=cube[:, :, 0])
    found = find_whu_hi(tmp_path, None, "LongKou")
    assert names(found) == ["WHU-Hi-LongKou/WHU_Hi_LongKou.mat"]
    np.testing.assert_array_equal(found[0].open().read_all().values, cube)
    assert find_whu_hi(tmp_path, None, "HongHu") == []


def test_whu_hi_envi(tmp_path):
    cube = make_cube(bands=6)
    write_raster(tmp_path / "WHU-Hi-HongHu.bsq", cube, "ENVI", interleave="bsq")
    found = find_whu_hi(tmp_path, None, "HongHu")
    assert [path.name for path in found[0].files] == ["WHU-Hi-HongHu.hdr", "WHU-Hi-HongHu.bsq"]
    np.testing.assert_array_equal(found[0].open().read_all().values, cube)


def test_whu_hi_twice_is_refused(tmp_path):
    for folder in ("a", "b"):
        write_mat(tmp_path / folder / "WHU_Hi_LongKou.mat", x=make_cube())
    with pytest.raises(DataError, match=r"holds whu_hi_longkou\.mat 2 times"):
        find_whu_hi(tmp_path, None, "LongKou")


def test_hyperion_bands_become_one_cube(tmp_path):
    cube = make_cube(rows=5, cols=4, bands=242)
    write_band_folder(tmp_path / "EO1H0440342003", cube)
    found = find_hyperion(tmp_path, None)
    assert names(found) == ["EO1H0440342003/EO1H0440342003"]
    assert (len(found[0].files), found[0].fill) == (242, 0)
    source = found[0].open()
    assert (source.shape, source.dtype, source.nodata) == ((5, 4, 242), np.int16, None)
    window = source.read(slice(1, 3), slice(2, 4))
    np.testing.assert_array_equal(window, cube[1:3, 2:4])


def test_hyperion_missing_band_is_named(tmp_path):
    write_band_folder(tmp_path / "EO1H0440342003", make_cube(rows=2, cols=2, bands=242))
    (tmp_path / "EO1H0440342003" / "EO1H0440342003_B077_L1T.TIF").unlink()
    with pytest.raises(DataError, match="misses band 077; 241 single-band files"):
        find_hyperion(tmp_path, None)


def test_hyperion_bands_of_differing_size_are_refused(tmp_path):
    write_band_folder(tmp_path, make_cube(rows=2, cols=2, bands=242))
    odd = tmp_path / "EO1H0440342003_B005_L1T.TIF"
    write_raster(odd, make_cube(rows=3, cols=2, bands=1), "GTiff")
    with pytest.raises(DataError, match=r"B005_L1T.TIF: is \(3, 2, 1\)"):
        find_hyperion(tmp_path, None)[0].open()


def test_hyperion_l1r_is_refused_until_exported(tmp_path):
    (tmp_path / "EO1H0440342003.L1R").write_bytes(b"\x0e\x03\x13\x01")
    with pytest.raises(DataError, match=r"HDF4.*ENVI \(EO1H0440342003.img.*L1T"):
        find_hyperion(tmp_path, None)
    write_raster(tmp_path / "EO1H0440342003.img", make_cube(bands=242), "ENVI")
    assert names(find_hyperion(tmp_path, None)) == ["EO1H0440342003.hdr"]


def test_folders_train_and_test_decide_the_split(tmp_path):
    for split in ("train", "test"):
        (tmp_path / split / "deep").mkdir(parents=True)
        np.save(tmp_path / split / "deep" / "a.npy", make_cube())
    (tmp_path / "train" / ".hidden.npy").write_bytes(b"")
    found = find_folder_scenes(tmp_path, None)
    assert [(scene.name, scene.split) for scene in found] == [
        ("train/deep/a.npy", "train"),
        ("test/deep/a.npy", "test"),
    ]


def test_one_of_the_two_folders_is_refused(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(DataError, match="has a folder train/ but not the other"):
        find_folder_scenes(tmp_path, None)


@pytest.mark.parametrize("find", [find_aviris, find_hyperion, find_folder_scenes])
def test_missing_folder(tmp_path, find):
    with pytest.raises(DataError, match="no such folder; --raw names"):
        find(tmp_path / "none", None)


def test_array_of_several_is_named(tmp_path):
    cube = make_cube()
    write_mat(tmp_path / "two.mat", a=cube, b=cube + 1)
    values = find_folder_scenes(tmp_path, "b")[0].open().read_all().values
    np.testing.assert_array_equal(values, cube + 1)
