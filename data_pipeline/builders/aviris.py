"""AVIRIS flight lines."""

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.sensors import AVIRIS


class Aviris(SceneBuilder):
    """Flight lines of 224 bands, of which 172 are kept."""

    description = f"Patches of flight lines of {AVIRIS.name}. {AVIRIS.source}"
    citation = (
        "Green et al., Imaging spectroscopy and the Airborne Visible/Infrared Imaging Spectrometer"
        " (AVIRIS), Remote Sensing of Environment 65(3), 1998"
    )
    homepage = "AVIRIS data portal of the Jet Propulsion Laboratory (NASA/JPL)"
    license_text = "NASA/JPL data, open to all; JPL asks to be credited."
