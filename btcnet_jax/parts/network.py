"""The model at work on whole scenes: analysis to the latent, synthesis by strips or by tiles."""

from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from btcnet_jax.config import DECODER_MULTIPLE, UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import TILE
from btcnet_jax.models.btcnet import BTCNet, Params, build, run_model, widest_channels
from btcnet_jax.ops.quantizer import Symbols, from_symbols, to_symbols
from btcnet_jax.ops.strips import join_strips, split_strips
from btcnet_jax.parts.tiles import TILE_SIDE, Span, tile_spans

Progress = Callable[[int, int], None]

# Strips are decoded together until their widest activation reaches this many bytes.
_ACTIVATION_BYTES = 128 * 2**20
# TPU and GPU would multiply float32 in fewer bits; a file should not depend on where it is written.
_PRECISION = "highest"


class SceneTransform:
    """Encoder and decoder of one model on scenes whose sides are multiples of `multiple`."""

    def __init__(self, config: ModelConfig, params: Params) -> None:
        self.config = config
        self.params = params
        self.multiple = (max(config.scale, DECODER_MULTIPLE), config.strip_cols)
        model = build(config)
        self._analyze = jax.jit(partial(_analyze, model))
        self._synthesize = jax.jit(partial(_synthesize, model))

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size (multiples of `multiple`), by running on an empty one."""
        latent = self.analyze(np.zeros((rows, cols, self.config.bands), np.float32))
        if isinstance(latent, Symbols):
            latent = self.dequantize(latent)
        # One tile is enough, for all have one shape.
        one_tile = slice(TILE_SIDE if self.config.decoder.context == TILE else None)
        next(self.synthesize(latent[one_tile, one_tile]))

    def analyze(
        self, scene: Float[np.ndarray, "rows cols bands"]
    ) -> Symbols | Float[np.ndarray, "h w channels"]:
        """A normalized scene to symbols with the image's own range, or to floats where steps are learned
        or nothing is quantized.
        """
        with jax.default_matmul_precision(_PRECISION):
            return jax.device_get(self._analyze(self.params, scene))

    def dequantize(self, symbols: Symbols) -> Float[np.ndarray, "h w channels"]:
        """The latent that symbols stand for, float32."""
        return np.asarray(from_symbols(symbols, self.config.bits))

    def synthesize(
        self, latent: Float[np.ndarray, "h w channels"], progress: Progress | None = None
    ) -> Iterator[Float[np.ndarray, "rows some_cols bands"]]:
        """Yield the normalized scene from left to right, some columns at a time.

        By strips the last part may reach beyond the scene's right side.
        """
        if self.config.decoder.context == TILE:
            return self._synthesize_tiles(latent, progress)
        return self._synthesize_strips(latent, progress)

    def _synthesize_strips(
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
                restored = np.asarray(self._synthesize(self.params, filled))
            yield restored
            if progress is not None:
                progress(min(start + together, count), count)

    def _synthesize_tiles(
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
            restored = np.asarray(self._synthesize(self.params, tile[None]))
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


def _analyze(
    model: BTCNet, params: Params, scene: Float[Array, "rows cols bands"]
) -> Symbols | Float[Array, "h w channels"]:
    latent = run_model(model, params, scene[None], method="analyze")[0]
    if model.prior is not None or model.bits == UNQUANTIZED_BITS:
        return latent
    return to_symbols(latent, model.bits)


def _synthesize(
    model: BTCNet, params: Params, strips: Float[Array, "strips h w channels"]
) -> Float[Array, "rows cols bands"]:
    return join_strips(run_model(model, params, strips, method="decode"))
