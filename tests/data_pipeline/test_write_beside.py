"""Outputs beside which lies what they would replace, or what would be taken for theirs: refused, untouched."""

import numpy as np
import pytest
from made_scenes import assert_scene, cube, write_envi

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from data_pipeline.writers import write_cube


def refused(path, part):
    folder = path.parent
    before = {other.name: other.read_bytes() for other in folder.iterdir()}
    with pytest.raises(DataError, match=part) as caught:
        write_cube(path, Scene(values=cube()))
    assert "\n" not in str(caught.value)
    assert {other.name: other.read_bytes() for other in folder.iterdir()} == before


@pytest.mark.parametrize("data", ["a.dat", "a.bsq", "a", "a.pix"])
@pytest.mark.parametrize("output", ["a.img", "a.hdr"])
def test_the_header_of_another_data_file(tmp_path, data, output):
    write_envi(tmp_path, data_name=data)
    refused(tmp_path / output, f"a.hdr is the header of {data}")


@pytest.mark.parametrize("output", ["a.img", "a.hdr"])
def test_another_header_of_the_same_data_file(tmp_path, output):
    (tmp_path / "a.img.hdr").write_text("ENVI\nsamples = 1\n")
    refused(tmp_path / output, "a.img.hdr beside it would be taken for the header of a.img")


def test_headers_and_images_of_other_programs(tmp_path):
    (tmp_path / "a.hdr").write_text("#?RADIANCE\n")
    refused(tmp_path / "a.img", "is no ENVI header")
    (tmp_path / "b.img").write_bytes(b"EHFA_HEADER_TAG")
    refused(tmp_path / "b.hdr", "would replace b.img, which is no ENVI file")


@pytest.mark.parametrize("suffix", [".msk", ".ovr"])
def test_what_gdal_would_take_for_a_part_of_a_tiff(tmp_path, suffix):
    (tmp_path / f"a.tif{suffix}").write_bytes(b"x")
    refused(tmp_path / "a.tif", f"a.tif{suffix} beside it would be taken for its")


@pytest.mark.parametrize("output", ["a.img", "a.hdr"])
def test_an_own_pair_is_replaced(tmp_path, output):
    for _ in range(2):
        write_cube(tmp_path / output, Scene(values=np.ones((3, 4, 5), np.int16)))
    write_cube(tmp_path / output, Scene(values=cube()))
    assert_scene(tmp_path / "a.hdr")
