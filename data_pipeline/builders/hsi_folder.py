"""Anyone's own cubes."""

from pathlib import Path

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.builders.layouts import find_folder_scenes
from data_pipeline.builders.scene_files import SceneFile
from data_pipeline.folders import SCENE_SUFFIXES
from data_pipeline.sensors import Sensor


class HsiFolder(SceneBuilder):
    """Scenes of one band count, of which all are kept."""

    description = "Patches of hyperspectral scenes from a folder; all bands are kept."
    citation = "The scenes' own."
    homepage = "None: these are the user's own scenes."
    license_text = "The scenes' own."
    instructions = (
        f"put scenes of one band count into this folder, or into train/ and test/ in it; looked for"
        f" {', '.join(SCENE_SUFFIXES)} at any depth"
    )

    @classmethod
    def sensor(cls, config: str | None) -> Sensor | None:
        """None: any band count."""
        return None

    @classmethod
    def find(
        cls, raw: Path, config: str | None, variable: str | None, axes: str | None = None
    ) -> list[SceneFile]:
        """All scenes; see `find_folder_scenes`."""
        return find_folder_scenes(raw, variable, axes)
