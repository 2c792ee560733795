"""Pictures of scenes, of a restoration beside its original, and of a training. Needs matplotlib."""

from btcnet_jax.pictures.comparison import comparison_figure
from btcnet_jax.pictures.history import training_figure
from btcnet_jax.pictures.rgb import RgbStretch, pick_rgb_bands
from btcnet_jax.pictures.save import save_figure

__all__ = ["RgbStretch", "comparison_figure", "pick_rgb_bands", "save_figure", "training_figure"]
