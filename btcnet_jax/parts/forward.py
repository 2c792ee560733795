"""What a network computes on a scene, as functions that JAX can trace: a codec compiles them part by part,
the evaluation of a whole data set as one program.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.config import DECODER_MULTIPLE, UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import TILE
from btcnet_jax.models.btcnet import BTCNet, Params, run_model
from btcnet_jax.ops.quantizer import Symbols, to_symbols
from btcnet_jax.ops.strips import join_strips, split_strips
from btcnet_jax.parts.tiles import Span, tile_spans

PRECISION = "highest"
"""Of products. TPU and GPU would multiply float32 in fewer bits; a file should not depend on where it is
written."""


def analyze(
    model: BTCNet, params: Params, scene: Float[Array, "rows cols bands"]
) -> Symbols | Float[Array, "h w channels"]:
    """A normalized scene to symbols with the image's own range, or to floats where steps are learned or
    nothing is quantized.

    Args:
        model: of `build`.
        params: of the model, float32.
        scene: its sides are multiples of `ModelConfig.scene_multiple`.
    """
    latent = run_model(model, params, scene[None], method="analyze")[0]
    if model.prior is not None or model.bits == UNQUANTIZED_BITS:
        return latent
    return to_symbols(latent, model.bits)


def restore(
    config: ModelConfig, model: BTCNet, params: Params, latent: Float[Array, "h w channels"]
) -> Float[Array, "rows cols bands"]:
    """A dequantized latent to the normalized scene, by strips or by tiles as the model is configured."""
    if config.decoder.context != TILE:
        width = config.strip_cols // config.scale
        return restore_strips(model, params, split_strips(latent, width))
    down, across = latent_tiles(config, latent.shape)

    def tile(rows: Span, cols: Span) -> Float[Array, "kept_rows kept_cols bands"]:
        part = latent[None, rows.start : rows.stop, cols.start : cols.stop]
        return restore_strips(model, params, part)[kept_part(config, rows, cols)]

    columns = [jnp.concatenate([tile(rows, cols) for rows in down]) for cols in across]
    return jnp.concatenate(columns, axis=1)


def restore_strips(
    model: BTCNet, params: Params, strips: Float[Array, "strips h w channels"]
) -> Float[Array, "rows cols bands"]:
    """Strips, each decoded on its own, side by side; of one tile, the tile."""
    return join_strips(run_model(model, params, strips, method="decode"))


def latent_tiles(config: ModelConfig, shape: tuple[int, ...]) -> tuple[list[Span], list[Span]]:
    """Spans of rows and of columns of the tiles that a latent of this shape is decoded in."""
    multiple = max(1, DECODER_MULTIPLE // config.scale)
    return tile_spans(shape[0], multiple), tile_spans(shape[1], multiple)


def kept_part(config: ModelConfig, rows: Span, cols: Span) -> tuple[slice, slice]:
    """Rows and columns of a restored tile that the scene takes from it."""
    first, second = (
        slice(
            config.scale * (span.kept_start - span.start),
            config.scale * (span.kept_stop - span.start),
        )
        for span in (rows, cols)
    )
    return first, second
