"""AVIRIS flight lines."""

from pathlib import Path

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.builders.layouts import find_aviris
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.sensors import AVIRIS, Sensor


class Aviris(SceneBuilder):
    """Flight lines of 224 bands, of which 172 are kept."""

    description = f"Patches of flight lines of {AVIRIS.name}. {AVIRIS.source}"
    citation = (
        "Green et al., Imaging spectroscopy and the Airborne Visible/Infrared Imaging Spectrometer"
        " (AVIRIS), Remote Sensing of Environment 65(3), 1998"
    )
    homepage = "AVIRIS data portal of the Jet Propulsion Laboratory (NASA/JPL)"
    license_text = "NASA/JPL data, open to all; JPL asks to be credited."
    instructions = (
        "order flight lines (radiance or reflectance) at the AVIRIS data portal of NASA's Jet"
        " Propulsion Laboratory and unpack them into this folder: ENVI pairs of .hdr and .img, or"
        " .mat, at any depth, 224 bands each"
    )

    @classmethod
    def sensor(cls, config: str | None) -> Sensor | None:
        """AVIRIS."""
        return AVIRIS

    @classmethod
    def find(
        cls, raw: Path, config: str | None, variable: str | None, axes: str | None = None
    ) -> list[SceneFile]:
        """Flight lines; see `find_aviris`."""
        return find_aviris(raw, variable, axes)
