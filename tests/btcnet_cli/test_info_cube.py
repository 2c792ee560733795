"""What info tells of a cube: all that its file says, lists shortened, one line each."""

import json

import numpy as np
import rasterio

from btcnet_jax.scene import Scene
from btcnet_jax.scene.numbers import Numbers
from data_pipeline.writers import write_cube


def told(btcnet, path, *more):
    status, output, error = btcnet("info", path, *more)
    assert (status, error) == (0, "")
    # Names are padded to one width, values begin two blanks behind it.
    lines = output.splitlines()
    assert all("  " in line for line in lines)
    return {name: value.strip() for name, _, value in (line.partition("  ") for line in lines)}


def test_all_that_is_known_of_a_cube(btcnet, tmp_path):
    values = np.arange(4 * 5 * 9, dtype=np.int16).reshape(4, 5, 9)
    values[0], mask = -9999, np.ones((4, 5), bool)
    mask[:, 0] = False
    good = np.ones(9, bool)
    good[[1, 7]] = False
    scene = Scene(
        values=values,
        mask=mask,
        nodata=-9999,
        wavelengths=np.linspace(400, 2500, 9),
        fwhm=np.full(9, 9.96),
        band_mask=good,
        band_names=tuple(f"b{band}" for band in range(9)),
        crs=rasterio.crs.CRS.from_epsg(32611).to_wkt(),
        transform=(30.0, 0.0, 500000.0, 0.0, -30.0, 4000000.0),
        tags={"sensor": "AVIRIS", "long": "x\ny" * 999},
    )
    write_cube(tmp_path / "a.tif", scene)
    facts = told(btcnet, tmp_path / "a.tif")
    long = facts.pop("tag long")
    assert long.startswith("x yx yx y")
    assert long.endswith("... (2,997 characters)")
    assert facts == {
        "cube": "4 x 5 x 9 (rows x columns x bands), int16",
        "values": "54 to 179",
        "valid samples": "108 of 180 (60.00 %)",
        "nodata": "-9999",
        "mask": "16 of 20 pixels have data",
        "wavelengths": "400.0 to 2500.0 nm",
        "fwhm": "10.0 to 10.0 nm",
        "bad bands": "2: 2, 8 (counting from 1)",
        "band names": "b0, b1, b2, ..., b6, b7, b8",
        "crs": "EPSG:32611, WGS 84 / UTM zone 11N",
        "transform": "corner 500000, 4000000; pixel 30, -30",
        "tag sensor": "AVIRIS",
    }


def test_a_cube_of_which_nothing_is_known(btcnet, tmp_path):
    write_cube(tmp_path / "a.npy", Scene(values=np.arange(8.0).reshape(2, 2, 2)))
    expected = {"cube": "2 x 2 x 2 (rows x columns x bands), float64", "values": "0.0 to 7.0"}
    assert told(btcnet, tmp_path / "a.npy") == expected


def test_missing_samples_that_are_few_or_all(btcnet, tmp_path):
    values = np.ones((200, 200, 2), np.float32)
    values[0, 0, 0] = np.nan
    np.save(tmp_path / "a.npy", values)
    assert told(btcnet, tmp_path / "a.npy")["valid samples"] == "79,999 of 80,000 (nearly 100 %)"
    np.save(tmp_path / "a.npy", values * np.nan)
    facts = told(btcnet, tmp_path / "a.npy")
    assert (facts["values"], facts["valid samples"]) == ("none", "0 of 80,000 (0.00 %)")


def test_places_of_single_pixels(btcnet, tmp_path):
    points = ((0.0, 0.0, 12.5, 50.25, 0.0), (0.0, 2.0, 13.0, 50.25, 0.0))
    glt = np.ones((3, 4, 2), np.int32)
    crs = rasterio.crs.CRS.from_epsg(4326).to_wkt()
    write_cube(tmp_path / "a.npz", Scene(values=np.ones((2, 2, 2)), gcps=points, glt=glt, crs=crs))
    facts = told(btcnet, tmp_path / "a.npz")
    assert facts["variable"] == "cube"
    assert facts["control points"] == "2"
    assert facts["lookup table"] == "3 x 4 places of a map"
    assert facts["crs"] == "EPSG:4326, WGS 84"


def test_scale_offset_and_what_a_container_says(btcnet, tmp_path):
    scale = np.array([1e-4, 2e-4, 1e-4], np.float32)
    scene = Scene(
        values=np.arange(24, dtype=np.int16).reshape(2, 4, 3),
        scale=scale,
        offset=np.full(3, -0.5),
        units="W m-2",
        axes=("bands", "rows", "cols"),
        part_tags={"cube": {"valid_range": Numbers.of(np.array([0, 9], np.int16))}},
        axis_arrays={"rows": {"time": np.arange(2.0)}},
    )
    write_cube(tmp_path / "a.nc", scene)
    facts = told(btcnet, tmp_path / "a.nc")
    assert facts["scale"] == "1e-04 to 0.0002, by bands"
    assert facts["offset"] == "-0.5"
    assert facts["samples"].endswith("a physical value is scale x sample + offset")
    assert facts["units"] == "W m-2"
    assert facts["axes"] == "stored as bands, rows, cols"
    assert facts["along rows"] == "time"
    assert facts["attribute valid_range"] == "0, 9"
    btcnet("info", tmp_path / "a.nc", "--json", tmp_path / "a.json")
    numbers = json.loads((tmp_path / "a.json").read_text())["numbers"]
    assert numbers["scale"] == scale.tolist()
    assert (numbers["offset"], numbers["units"]) == ([-0.5] * 3, "W m-2")
