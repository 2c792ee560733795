import json

import numpy as np
import pytest
import rasterio

from btcnet_jax.errors import DataError
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.synthetic import RecombinedSettings, load_sources, write_recombined

NM = np.linspace(400, 700, 6)
SETTINGS = RecombinedSettings(rows=8, cols=8, bands=6, seed=1)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(5)
    like = tmp_path / "like"
    like.mkdir()
    np.savez(like / "a.npz", cube=rng.integers(0, 999, (9, 10, 6)), wavelength_nm=NM)
    np.savez(
        like / "b.npz", cube=rng.integers(0, 999, (9, 9, 8)), wavelength_nm=np.linspace(380, 720, 8)
    )
    np.save(like / "c.npy", rng.integers(0, 999, (12, 9, 7)))
    np.savez(like / "d.npz", spectra=rng.uniform(size=(40, 6)), wavelength_nm=NM / 1000)
    return like


def test_each_scene_gives_what_its_bands_allow(folder):
    told = []
    sources = load_sources(folder, 6, say=told.append)
    spectra = {donor.name: donor.spectra is not None for donor in sources.donors}
    planes = {donor.name: donor.planes is not None for donor in sources.donors}
    assert spectra == {"a": True, "b": True, "c": False, "d": True}
    assert planes == {"a": True, "b": True, "c": True, "d": False}
    np.testing.assert_allclose(sources.wavelengths, NM)
    assert told == [
        "a: 6 bands, spectra as it is, 6 planes",
        "b: 8 bands, spectra by wavelength, 8 planes",
        "c: 7 bands, no spectra, 7 planes",
        "d: 6 bands, spectra as it is, no planes",
    ]


def test_bands_matched_by_index_are_better_than_no_spectra(folder):
    for name in ("a.npz", "b.npz", "d.npz"):
        (folder / name).unlink()
    sources = load_sources(folder, 6, say=lambda _: None)
    assert sources.donors[0].spectra is not None
    assert sources.wavelengths is None


def test_photographs_become_textures(folder, tmp_path):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    colors = np.random.default_rng(0).integers(0, 255, (3, 16, 12)).astype(np.uint8)
    profile = {"driver": "PNG", "count": 3, "height": 16, "width": 12, "dtype": "uint8"}
    with (
        quiet_about_georeferencing(),
        rasterio.open(photographs / "p.png", "w", **profile) as picture,
    ):
        picture.write(colors)
    sources = load_sources(folder, 6, photographs, say=lambda _: None)
    assert [texture.shape for texture in sources.textures] == [(16, 12, 3)]


def test_scenes_are_written_and_other_donors_are_refused(folder, tmp_path):
    sources = load_sources(folder, 6, say=lambda _: None)
    paths = write_recombined(tmp_path / "out", 2, 1, SETTINGS, (sources, sources))
    cubes = [np.load(path)["cube"] for path in paths]
    assert all(cube.shape == (8, 8, 6) for cube in cubes)
    assert len({cube.tobytes() for cube in cubes}) == 3, "a seed of its own for each scene"
    np.testing.assert_allclose(np.load(paths[0])["wavelength_nm"], NM)
    record = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert record["like"] == [["a", "b", "c", "d"]] * 2
    fewer = sources._replace(donors=sources.donors[:2])
    with pytest.raises(DataError, match="other settings"):
        write_recombined(tmp_path / "out", 2, 1, SETTINGS, (fewer, sources))


def test_what_cannot_be_recombined_is_refused(folder, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load_sources(tmp_path / "nowhere", 6)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds nothing to read"):
        load_sources(tmp_path / "empty", 6)
    np.savez(tmp_path / "empty" / "s.npz", spectra=np.random.default_rng(0).uniform(size=(9, 6)))
    with pytest.raises(DataError, match="spectra alone"):
        load_sources(tmp_path / "empty", 6, say=lambda _: None)
    np.savez(tmp_path / "empty" / "s.npz", spectra=np.zeros((9, 6, 1)))
    with pytest.raises(DataError, match="3 axes"):
        load_sources(tmp_path / "empty", 6)
