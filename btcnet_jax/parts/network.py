"""A network at work on whole scenes: analysis to the latent, synthesis by strips or by tiles."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import TILE
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import Params, build, encoder_macs_per_sample, widest_channels
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.ops.strips import split_strips
from btcnet_jax.parts.forward import PRECISION, analyze, kept_part, latent_tiles, restore_strips
from btcnet_jax.parts.interface import Region
from btcnet_jax.parts.tiles import TILE_SIDE, Span
from btcnet_jax.progress import Progress
from btcnet_jax.scene.lines import padded_size

# Strips are decoded together until their widest activation reaches this many bytes.
_ACTIVATION_BYTES = 128 * 2**20


class NetworkTransform:
    """Encoder of a model on normalized scenes.

    Args:
        config: of the model.
        params: of the model, float32.

    Attributes:
        multiple: what rows and columns of a scene are padded to multiples of.
        multiply_adds: a pixel and band.
        stride: pixels to a latent, along rows and along columns.
    """

    def __init__(self, config: ModelConfig, params: Params) -> None:
        self._model, self._params = build(config), params
        self._bands = config.bands
        self.multiple = config.scene_multiple
        self.multiply_adds = encoder_macs_per_sample(config)
        self.stride = config.scale

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size, by running on an empty one."""
        padded = padded_size(rows, cols, self.multiple)
        self.analyze(np.zeros((*padded, self._bands), np.float32))

    def analyze(
        self, scene: Float[np.ndarray, "rows cols bands"]
    ) -> Symbols | Float[np.ndarray, "h w channels"]:
        """A normalized scene to symbols with the image's own range, or to floats where steps are learned
        or nothing is quantized.

        Args:
            scene: its sides are multiples of `multiple`.
        """
        with jax.default_matmul_precision(PRECISION):
            return jax.device_get(_analyze(self._model, self._params, scene))


class NetworkDecoder:
    """Decoder of a model, from dequantized latents to normalized scenes.

    Args:
        config: of the model.
        params: of the model, float32.
    """

    def __init__(self, config: ModelConfig, params: Params) -> None:
        self.config, self._params = config, params
        self._model = build(config)

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size, by running on an empty one."""
        padded = padded_size(rows, cols, self.config.scene_multiple)
        shape = (*(size // self.config.scale for size in padded), self.config.latent_channels)
        # One tile is enough, for all have one shape.
        one_tile = slice(TILE_SIDE if self.config.decoder.context == TILE else None)
        next(self.synthesize(np.zeros(shape, np.float32)[one_tile, one_tile]))

    def synthesize(
        self,
        latent: Float[np.ndarray, "h w channels"],
        progress: Progress | None = None,
        ensemble: int = 1,
        file: CompressedFile | None = None,
    ) -> Iterator[Region]:
        """Yield the normalized scene from left to right, all rows of some columns at a time.

        By strips the last part may reach beyond the scene's right side. The file has nothing more to tell.

        Raises:
            ConfigError: an ensemble of more than one view.
        """
        if ensemble != 1:
            raise ConfigError(
                f"an ensemble of {ensemble} views is of the universal codec; a trained model wrote this "
                "file: leave out --ensemble"
            )
        by_tiles = self.config.decoder.context == TILE
        parts = self._tiles(latent, progress) if by_tiles else self._strips(latent, progress)
        left = 0
        for part in parts:
            yield Region(0, left, part)
            left += part.shape[1]

    def _strips(
        self, latent: Float[np.ndarray, "h w channels"], progress: Progress | None
    ) -> Iterator[Float[np.ndarray, "rows some_cols bands"]]:
        """Strips are restored each on its own, as published; how many are computed together changes
        memory and speed, not values.
        """
        width = self.config.strip_cols // self.config.scale
        strips = np.asarray(split_strips(jnp.asarray(latent), width))
        count, together = len(strips), self._strips_together(latent.shape[0])
        for start in range(0, count, together):
            chunk = strips[start : start + together]
            # One compiled shape for all chunks: the last is filled up.
            filled = np.pad(chunk, [(0, min(together, count) - len(chunk)), (0, 0), (0, 0), (0, 0)])
            with jax.default_matmul_precision(PRECISION):
                restored = np.asarray(_synthesize(self._model, self._params, filled))
            yield restored
            if progress is not None:
                progress(min(start + together, count), count)

    def _tiles(
        self, latent: Float[np.ndarray, "h w channels"], progress: Progress | None
    ) -> Iterator[Float[np.ndarray, "rows some_cols bands"]]:
        """Tiles that overlap, each restored jointly; every tile gives what lies nearer to its middle."""
        down, across = latent_tiles(self.config, latent.shape)
        done = 0
        for cols in across:
            parts = []
            for rows in down:
                parts.append(self._tile(latent, rows, cols))
                done += 1
                if progress is not None:
                    progress(done, len(down) * len(across))
            yield np.concatenate(parts)

    def _tile(
        self, latent: Float[np.ndarray, "h w channels"], rows: Span, cols: Span
    ) -> Float[np.ndarray, "kept_rows kept_cols bands"]:
        tile = latent[rows.start : rows.stop, cols.start : cols.stop]
        with jax.default_matmul_precision(PRECISION):
            restored = np.asarray(_synthesize(self._model, self._params, tile[None]))
        return restored[kept_part(self.config, rows, cols)]

    def _strips_together(self, latent_rows: int) -> int:
        pixels = latent_rows * self.config.scale * self.config.strip_cols
        return max(1, _ACTIVATION_BYTES // (4 * pixels * widest_channels(self.config)))


_analyze = jax.jit(analyze, static_argnames="model")
_synthesize = jax.jit(restore_strips, static_argnames="model")
