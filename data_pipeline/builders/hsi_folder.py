"""Anyone's own cubes."""

from data_pipeline.builders.base import SceneBuilder


class HsiFolder(SceneBuilder):
    """Scenes of one band count, of which all are kept."""

    description = "Patches of hyperspectral scenes from a folder; all bands are kept."
    citation = "The scenes' own."
    homepage = "None: these are the user's own scenes."
    license_text = "The scenes' own."
