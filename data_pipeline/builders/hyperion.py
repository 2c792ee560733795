"""Hyperion scenes of the EO-1 satellite."""

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.sensors import HYPERION


class Hyperion(SceneBuilder):
    """Scenes of 242 bands, of which 155 are kept."""

    description = f"Patches of scenes of {HYPERION.name}. {HYPERION.source}"
    citation = (
        "Pearlman et al., Hyperion, a space-based imaging spectrometer, IEEE Transactions on"
        " Geoscience and Remote Sensing 41(6), 2003"
    )
    homepage = "USGS EarthExplorer, EO-1 Hyperion"
    license_text = "USGS data, in the public domain; USGS asks to be credited."
