"""What a scene is, for every package: its values and all that is known of them. Needs numpy only."""

from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.missing import with_missing
from btcnet_jax.scene.scene import (
    Scene,
    SceneSource,
    as_scene,
    check_cube,
    usable_nodata,
)

__all__ = [
    "Scene",
    "SceneInfo",
    "SceneSource",
    "as_scene",
    "check_cube",
    "usable_nodata",
    "with_missing",
]
