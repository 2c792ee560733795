"""GeoTIFF with EnMAP's XML or a STAC item beside it, made by the test in their layout."""

import json

import pytest
from made_scenes import BANDS, assert_scene, write_tif

from btcnet_jax.errors import DataError
from data_pipeline.readers import read_scene

ENMAP = "ENMAP01-____L2A-DT0000001049_20220612T105735Z_028_V010303_20230922T131821Z"
CENTERS = (418.416, 424.043, 2437.5, 2445.53)


def enmap(folder, name="SPECTRAL_IMAGE.TIF", centers=CENTERS, xml="METADATA.XML", **options):
    bands = "".join(
        f'<bandID number="{number}"><wavelengthCenterOfBand>{center}</wavelengthCenterOfBand>'
        f"<FWHMOfBand>{center / 50}</FWHMOfBand><GainOfBand>0.0001</GainOfBand></bandID>"
        for number, center in enumerate(centers, 1)
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<level_X xmlns:x="http://x"><base><temporalCoverage>'
        "<startTime>2022-06-12T10:57:35.1Z</startTime></temporalCoverage></base><specific>"
        f"<backgroundValue>-32768</backgroundValue><bandCharacterisation>{bands}"
        "</bandCharacterisation></specific></level_X>"
    )
    (folder / f"{ENMAP}-{xml}").write_text(text)
    return write_tif(folder / f"{ENMAP}-{name}", **options)


@pytest.mark.parametrize("xml", ["METADATA.XML", "metadata.xml"])
def test_enmap(tmp_path, xml):
    scene = assert_scene(enmap(tmp_path, xml=xml))
    assert scene.wavelengths.tolist() == list(CENTERS)
    assert scene.fwhm.tolist() == [center / 50 for center in CENTERS]
    assert scene.nodata == -32768
    assert scene.tags["startTime"] == "2022-06-12T10:57:35.1Z"


def test_what_the_geotiff_says_goes_before_its_description(tmp_path):
    assert read_scene(enmap(tmp_path, nodata=-1)).nodata == -1


def test_enmap_descriptions_of_other_files_bands_and_damage(tmp_path):
    path = enmap(tmp_path)
    assert read_scene(write_tif(tmp_path / "other.tif")).wavelengths is None
    sidecar = tmp_path / f"{ENMAP}-METADATA.XML"
    whole = sidecar.read_bytes()
    for damaged in (
        whole[:-9],
        b"",
        whole.replace(b"424.043", b"none"),
        b'<?xml encoding="x"?><a/>',
    ):
        sidecar.write_bytes(damaged)
        assert_scene(path)
    assert read_scene(path).wavelengths is None
    with pytest.raises(DataError, match="wavelengthCenterOfBand has 3 entries, the cube 4 bands"):
        read_scene(enmap(tmp_path, centers=CENTERS[:3]))


def test_enmap_other_rasters_of_the_product(tmp_path):
    both = (*CENTERS, *(center + 1 for center in CENTERS))
    vnir = enmap(tmp_path, "SPECTRAL_IMAGE_VNIR.TIF", both)
    swir = enmap(tmp_path, "SPECTRAL_IMAGE_SWIR.TIF", both)
    assert read_scene(vnir).wavelengths.tolist() == list(CENTERS)
    assert read_scene(swir).wavelengths.tolist() == [center + 1 for center in CENTERS]
    assert read_scene(enmap(tmp_path, "QL_QUALITY_CLOUD.TIF", both)).wavelengths is None


def item(bands, where="asset"):
    places = {"asset": {}, "properties": {"datetime": "2024-01-01T00:00:00Z"}}
    places[where]["bands"] = bands
    asset = {"href": "https://example.org/x/a%20b.tif", "nodata": -7, **places["asset"]}
    others = {"preview": {"href": "p.png", "bands": bands[:1]}}
    return {
        "stac_version": "1.1.0",
        "properties": places["properties"],
        "assets": {"a": asset, **others},
    }


BAND_LIST = [
    {"name": f"B{number}", "eo:center_wavelength": center, "eo:full_width_half_max": 0.0085}
    for number, center in enumerate((0.4001, 0.5005, 0.6, 2.5))
]


@pytest.mark.parametrize("where", ["asset", "properties"])
@pytest.mark.parametrize("name", ["a b.json", "a b.stac.json", "a b.tif.json"])
def test_stac(tmp_path, where, name):
    (tmp_path / name).write_text(json.dumps(item(BAND_LIST, where)))
    scene = assert_scene(write_tif(tmp_path / "a b.tif"))
    assert scene.wavelengths.tolist() == [400.1, 500.5, 600, 2500]
    assert scene.fwhm.tolist() == [8.5] * BANDS
    assert scene.band_names == ("B0", "B1", "B2", "B3")
    assert (scene.nodata, scene.tags) == (-7, {"datetime": "2024-01-01T00:00:00Z"})


def test_stac_1_0_names(tmp_path):
    bands = [{"center_wavelength": band["eo:center_wavelength"]} for band in BAND_LIST]
    (tmp_path / "a.json").write_text(json.dumps({"properties": {"eo:bands": bands}}))
    scene = read_scene(write_tif(tmp_path / "a.tif"))
    assert scene.wavelengths.tolist() == [400.1, 500.5, 600, 2500]
    assert scene.fwhm is None


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"assets": [], "properties": 3}', "[" * 100_000, "\xff"]
)
def test_other_json_beside_a_geotiff(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="latin-1")
    assert assert_scene(write_tif(tmp_path / "a.tif")).wavelengths is None


def test_stac_of_other_bands(tmp_path):
    (tmp_path / "a b.json").write_text(json.dumps(item(BAND_LIST[:3])))
    with pytest.raises(DataError, match=r"a b\.json, bands has 3 entries, the cube 4 bands"):
        read_scene(write_tif(tmp_path / "a b.tif"))
