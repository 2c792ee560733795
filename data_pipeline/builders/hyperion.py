"""Hyperion scenes of the EO-1 satellite."""

from pathlib import Path

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.builders.layouts import find_hyperion
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.sensors import HYPERION, Sensor


class Hyperion(SceneBuilder):
    """Scenes of 242 bands, of which 155 are kept."""

    description = f"Patches of scenes of {HYPERION.name}. {HYPERION.source}"
    citation = (
        "Pearlman et al., Hyperion, a space-based imaging spectrometer, IEEE Transactions on"
        " Geoscience and Remote Sensing 41(6), 2003"
    )
    homepage = "USGS EarthExplorer, EO-1 Hyperion"
    license_text = "USGS data, in the public domain; USGS asks to be credited."
    instructions = (
        "get EO-1 Hyperion scenes from USGS EarthExplorer and unpack each into a folder of its own"
        " here: L1T with 242 files EO1H..._B001_L1T.TIF to EO1H..._B242_L1T.TIF, or L1R exported to"
        " ENVI (.hdr with .img) or .mat with 242 bands"
    )

    @classmethod
    def sensor(cls, config: str | None) -> Sensor | None:
        """Hyperion."""
        return HYPERION

    @classmethod
    def find(
        cls, raw: Path, config: str | None, variable: str | None, axes: str | None = None
    ) -> list[SceneFile]:
        """L1T folders and exported scenes; see `find_hyperion`."""
        return find_hyperion(raw, variable, axes)
