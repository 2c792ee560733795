"""A small scene in many tiles, and the libraries as they are where btcnet_jax is installed."""

import configparser
from pathlib import Path

import numpy as np
import pytest
from rasterio.crs import CRS

from btcnet_jax.codec import Rate, universal_codec
from btcnet_jax.container.tiles import TileSections
from btcnet_jax.parts.goal import Effort
from btcnet_jax.scene import Scene
from btcnet_jax.weights.weight_file import load_weights

ROOT = Path(__file__).parent.parent.parent
SHAPE, TILE = (20, 240, 6), 16
NODATA = -9999


@pytest.fixture(scope="session")
def tiled():
    """A codec of tiles of 16 to 28 samples a side, whose files the codec that ships reads."""
    return universal_codec(load_weights(), effort=Effort.LIGHT, tile_side=TILE // 4)


@pytest.fixture(scope="session")
def values():
    """Mixtures of two spectra with noise, int16, of which some samples are missing."""
    row, col = np.mgrid[: SHAPE[0], : SHAPE[1]]
    places = np.stack([np.sin(row / 9), np.cos(col / 7)], axis=2)
    cube = 1000 + 200 * places @ np.random.default_rng(0).uniform(-1, 1, (2, SHAPE[2]))
    cube = (cube + np.random.default_rng(1).normal(0, 2, SHAPE)).astype(np.int16)
    cube[4:9, 30:36] = NODATA
    cube[12, 70, 2] = NODATA
    return cube


@pytest.fixture(scope="session")
def scene(values):
    return Scene(
        name="scene",
        values=values,
        nodata=NODATA,
        wavelengths=np.linspace(400, 900, SHAPE[2]),
        fwhm=np.full(SHAPE[2], 10.0),
        band_names=tuple("abcdef"),
        band_mask=np.arange(SHAPE[2]) != 3,
        crs=CRS.from_epsg(32633).to_wkt(),
        transform=(30.0, 0.0, 1000.0, 0.0, -30.0, 9000.0),
        scale=np.full(SHAPE[2], 1e-4),
        offset=np.zeros(SHAPE[2]),
        units="1",
        tags={"sensor": "AVIRIS", "history": "made here"},
    )


@pytest.fixture(scope="session")
def path(tiled, scene, tmp_path_factory):
    """The scene's file, of 1 x 15 tiles."""
    path = tmp_path_factory.mktemp("compressed") / "scene.btcn"
    path.write_bytes(tiled.compress(scene, Rate(0.5)))
    return path


@pytest.fixture
def tiles_read(monkeypatch):
    """The numbers of tiles whose sections are read."""
    read, usual = [], TileSections.payload

    def payload(self, number):
        read.append(number)
        return usual(self, number)

    monkeypatch.setattr(TileSections, "payload", payload)
    return read


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Entry points as pip makes them of setup.cfg, wherever the tests run."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    groups = config["options.entry_points"]
    folder = tmp_path / "here" / "btcnet_jax_here-0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: btcnet_jax_here\nVersion: 0\n")
    text = "\n".join(f"[{name}]{lines}" for name, lines in groups.items())
    (folder / "entry_points.txt").write_text(text + "\n")
    monkeypatch.syspath_prepend(folder.parent)
