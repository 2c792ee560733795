"""The data sets that can be converted: whose scenes they are, and where and how their files lie."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from btcnet_jax.errors import DataError
from data_pipeline.builders.inventory import Plan, make_plan
from data_pipeline.builders.layouts import (
    find_aviris,
    find_folder_scenes,
    find_hyperion,
    find_whu_hi,
)
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.folders import SCENE_SUFFIXES
from data_pipeline.sensors import AVIRIS, HAN_CHUAN, HONG_HU, HYPERION, LONG_KOU, Sensor


@dataclass(frozen=True, kw_only=True)
class RawLayout:
    """A data set as its publisher ships it.

    Attributes:
        sensor: whose scenes these are; None where any will do.
        find: the scenes below a folder, none if there are none; then names the array in files that
            hold several, and how its axes lie. Raises DataError where the layout is not the publisher's.
        instructions: where the files are to be had and how they must lie.
    """

    sensor: Sensor | None
    find: Callable[[Path, str | None, str | None], list[SceneFile]]
    instructions: str


_WHU_HI = (
    "get WHU-Hi from the page of the RSIDEA group of Wuhan University and unpack it into this"
    " folder as it is: WHU-Hi-LongKou/WHU_Hi_LongKou.mat, WHU-Hi-HanChuan/WHU_Hi_HanChuan.mat,"
    " WHU-Hi-HongHu/WHU_Hi_HongHu.mat, or WHU-Hi-LongKou.hdr with its .bsq and so on"
)


def _whu_hi(sensor: Sensor, place: str) -> RawLayout:
    def find(raw: Path, variable: str | None, axes: str | None) -> list[SceneFile]:
        return find_whu_hi(raw, variable, place, axes)

    return RawLayout(sensor=sensor, find=find, instructions=_WHU_HI)


LAYOUTS: dict[str, RawLayout] = {
    "aviris": RawLayout(
        sensor=AVIRIS,
        find=find_aviris,
        instructions=(
            "order flight lines (radiance or reflectance) at the AVIRIS data portal of NASA's Jet"
            " Propulsion Laboratory and unpack them into this folder: ENVI pairs of .hdr and .img,"
            " or .mat, at any depth, 224 bands each"
        ),
    ),
    "whu_hi/long_kou": _whu_hi(LONG_KOU, "LongKou"),
    "whu_hi/han_chuan": _whu_hi(HAN_CHUAN, "HanChuan"),
    "whu_hi/hong_hu": _whu_hi(HONG_HU, "HongHu"),
    "hyperion": RawLayout(
        sensor=HYPERION,
        find=find_hyperion,
        instructions=(
            "get EO-1 Hyperion scenes from USGS EarthExplorer and unpack each into a folder of its"
            " own here: L1T with 242 files EO1H..._B001_L1T.TIF to EO1H..._B242_L1T.TIF, or L1R"
            " exported to ENVI (.hdr with .img) or .mat with 242 bands"
        ),
    ),
    "hsi_folder": RawLayout(
        sensor=None,
        find=find_folder_scenes,
        instructions=(
            "put scenes of one band count into this folder, or into train/ and test/ in it; looked"
            f" for {', '.join(SCENE_SUFFIXES)} at any depth"
        ),
    ),
}
"""By the name that `convert` takes, in the order in which they are told."""


def find_scenes(
    dataset: str, raw: Path, variable: str | None, axes: str | None = None
) -> list[SceneFile]:
    """The scenes of a data set below a folder, at least one.

    Args:
        dataset: a key of `LAYOUTS`.
        raw: folder of the publisher's files.
        variable: name of the array in each file, for files that hold several.
        axes: of `open_scene`.

    Raises:
        DataError: no such data set, none of its scenes, or another layout than the publisher's.
    """
    if dataset not in LAYOUTS:
        raise DataError(f"{dataset}: no such data set; there are {', '.join(LAYOUTS)}")
    files = LAYOUTS[dataset].find(raw, variable, axes)
    if not files:
        raise DataError(f"{raw}: holds no scene of {dataset}; {LAYOUTS[dataset].instructions}")
    return files


def plan_patches(dataset: str, files: list[SceneFile], settings: ConversionSettings) -> Plan:
    """The patches of a data set's scenes; see `make_plan`."""
    return make_plan(files, LAYOUTS[dataset].sensor, settings)
