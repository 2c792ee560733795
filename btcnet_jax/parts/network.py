"""A network at work on whole scenes: analysis to the latent, synthesis by strips or by tiles."""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from btcnet_jax.config import DECODER_MULTIPLE, UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import TILE
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import (
    BTCNet,
    Params,
    build,
    encoder_macs_per_sample,
    run_model,
    widest_channels,
)
from btcnet_jax.ops.quantizer import Symbols, to_symbols
from btcnet_jax.ops.strips import join_strips, split_strips
from btcnet_jax.parts.file_facts import scene_multiple
from btcnet_jax.parts.interface import Region
from btcnet_jax.parts.tiles import TILE_SIDE, Span, tile_spans
from btcnet_jax.progress import Progress
from btcnet_jax.scene.lines import padded_size

# Strips are decoded together until their widest activation reaches this many bytes.
_ACTIVATION_BYTES = 128 * 2**20
# TPU and GPU would multiply float32 in fewer bits; a file should not depend on where it is written.
_PRECISION = "highest"


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
        self.multiple = scene_multiple(config)
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
        with jax.default_matmul_precision(_PRECISION):
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
        padded = padded_size(rows, cols, scene_multiple(self.config))
        shape = (*(size // self.config.scale for size in padded), self.config.latent_channels)
        # One tile is enough, for all have one shape.
        one_tile = slice(TILE_SIDE if self.config.decoder.context == TILE else None)
        next(self.synthesize(np.zeros(shape, np.float32)[one_tile, one_tile]))

    def synthesize(
        self,
        latent: Float[np.ndarray, "h w channels"],
        progress: Progress | None = None,
        ensemble: int = 1,
    ) -> Iterator[Region]:
        """Yield the normalized scene from left to right, all rows of some columns at a time.

        By strips the last part may reach beyond the scene's right side.

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
            with jax.default_matmul_precision(_PRECISION):
                restored = np.asarray(_synthesize(self._model, self._params, filled))
            yield restored
            if progress is not None:
                progress(min(start + together, count), count)

    def _tiles(
        self, latent: Float[np.ndarray, "h w channels"], progress: Progress | None
    ) -> Iterator[Float[np.ndarray, "rows some_cols bands"]]:
        """Tiles that overlap, each restored jointly; every tile gives what lies nearer to its middle."""
        multiple = max(1, DECODER_MULTIPLE // self.config.scale)
        down, across = (tile_spans(size, multiple) for size in latent.shape[:2])
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
        with jax.default_matmul_precision(_PRECISION):
            restored = np.asarray(_synthesize(self._model, self._params, tile[None]))
        kept = (
            slice(
                self.config.scale * (span.kept_start - span.start),
                self.config.scale * (span.kept_stop - span.start),
            )
            for span in (rows, cols)
        )
        return restored[tuple(kept)]

    def _strips_together(self, latent_rows: int) -> int:
        pixels = latent_rows * self.config.scale * self.config.strip_cols
        return max(1, _ACTIVATION_BYTES // (4 * pixels * widest_channels(self.config)))


@partial(jax.jit, static_argnames="model")
def _analyze(
    model: BTCNet, params: Params, scene: Float[Array, "rows cols bands"]
) -> Symbols | Float[Array, "h w channels"]:
    latent = run_model(model, params, scene[None], method="analyze")[0]
    if model.prior is not None or model.bits == UNQUANTIZED_BITS:
        return latent
    return to_symbols(latent, model.bits)


@partial(jax.jit, static_argnames="model")
def _synthesize(
    model: BTCNet, params: Params, strips: Float[Array, "strips h w channels"]
) -> Float[Array, "rows cols bands"]:
    return join_strips(run_model(model, params, strips, method="decode"))
