"""The encoder as StableHLO, in integers throughout: 11 lines to a row of symbols, by jax.export."""

import json
from collections.abc import Callable
from importlib import resources

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jaxtyping import Array, Int32, Integer

from btcnet_jax.models.encoder import KERNEL_ROWS
from btcnet_jax.onboard.windows import window_sizes
from btcnet_jax.parts.integers.integer_encoder import FRACTION, LARGEST_VALUE, IntegerEncoder

PLATFORMS = ("cpu", "cuda", "tpu")
_README = """# The encoder of {name} in StableHLO

Made by `btcnet export`, by JAX {version}. Integers throughout, of 8 to 64 bits.

- `encoder.mlir`: the module as text
- `encoder.jaxexport`: the same for `jax.export.deserialize`, on {platforms}
- `lines.bil`, `expected.symbols`, `samples.txt`: test vectors; `sizes.json`: what `check.py` asks for
- `python check.py`: runs the lines, window by window, and compares (needs JAX and NumPy)

`main(lines, covered)`: {rows} lines x {samples} samples x {bands} bands of {dtype}, and two int32: the first
kernel row that lies within the scene and the one behind the last (0 and {rows} but at the upper and lower edge;
what other rows hold does not matter). It gives int32 symbols, {places} places x {channels} channels. Windows
follow each other by {scale} lines, the first begins {padding} lines above the scene; the last line is repeated
up to a multiple of {multiple}.
"""


def stablehlo_files(name: str, encoder: IntegerEncoder, samples: int) -> dict[str, bytes]:
    """The module in two forms, and a checker.

    Args:
        name: of the model.
        encoder: to export.
        samples: of a line.
    """
    shapes = (
        jax.ShapeDtypeStruct((KERNEL_ROWS, samples, encoder.bands), encoder.dtype),
        jax.ShapeDtypeStruct((2,), np.int32),
    )
    with jax.enable_x64(True):
        exported = export.export(jax.jit(_window(encoder)), platforms=PLATFORMS)(*shapes)
        text, data = exported.mlir_module().encode(), bytes(exported.serialize())
    sizes = window_sizes(encoder, samples)
    words = {"name": name, "version": jax.__version__, "platforms": ", ".join(PLATFORMS)}
    folder = resources.files("btcnet_jax.onboard") / "program"
    return {
        "encoder.mlir": text,
        "encoder.jaxexport": data,
        "sizes.json": json.dumps(sizes).encode(),
        "check.py": (folder / "check.py").read_bytes(),
        "README.md": _README.format(**words, **sizes).encode(),
    }


def _window(encoder: IntegerEncoder) -> Callable[[Array, Array], Array]:
    """`IntegerEncoder.encode` of one row of the latent, for JAX to trace."""
    # 8 or 16 bits in the module; the sums are taken in 32.
    weights = encoder.weights

    def main(
        lines: Integer[Array, "11 samples bands"], covered: Int32[Array, "2"]
    ) -> Int32[Array, "places channels"]:
        values = (lines.astype(jnp.int64) * encoder.gain + encoder.offset) >> encoder.shift
        values = jnp.clip(values, encoder.activation_low, encoder.activation_high)
        row = jnp.arange(KERNEL_ROWS)
        within = (row >= covered[0]) & (row < covered[1])
        values = jnp.where(within[:, None, None], values, 0).astype(jnp.int32)
        more = -lines.shape[1] % encoder.multiple
        values = jnp.pad(values, [(0, 0), (0, more), (0, 0)], "edge")
        blocks = values.reshape(KERNEL_ROWS, -1, weights.shape[2])
        sums = jnp.einsum("rpt,rct->pc", blocks, jnp.asarray(weights).astype(jnp.int32))
        total = blocks.sum((0, 2), dtype=jnp.int32)
        return _symbols(encoder, sums, total, covered)

    return main


def _symbols(
    encoder: IntegerEncoder,
    sums: Int32[Array, "w channels"],
    total: Int32[Array, " w"],
    covered: Int32[Array, "2"],
) -> Int32[Array, "w channels"]:
    """`IntegerEncoder.symbols`, traced."""
    shift, bias = encoder.channel_shift, jnp.asarray(encoder.bias)
    values = sums.astype(jnp.int64) * encoder.multiplier
    values += total[:, None].astype(jnp.int64) * encoder.total_multiplier
    values = (values + (1 << (shift - 1))) >> shift
    values += encoder.constant + bias[covered[1]] - bias[covered[0]]
    values = jnp.clip(values, -LARGEST_VALUE, LARGEST_VALUE)
    half = 1 << (FRACTION - 1)
    values = jnp.where(values < 0, (values * encoder.slope + half) >> FRACTION, values)
    steps = (values - encoder.low + half) >> FRACTION
    return jnp.clip(steps, encoder.symbol_low, encoder.symbol_high).astype(jnp.int32)
