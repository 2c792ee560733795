"""The encoder as ONNX, in integers throughout: 11 lines to a row of symbols, the convolution as ConvInteger.

ConvInteger multiplies bytes. Activations and weights of 16 bits go in as a high and a low byte each:
256 * conv(high) + conv(low), in 32 bits for bytes of both kinds, put together in 64.
"""

import json
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import Integer

from btcnet_jax.extras import require_extra
from btcnet_jax.models.encoder import KERNEL_ROWS
from btcnet_jax.onboard.windows import window_sizes
from btcnet_jax.parts.integers.integer_encoder import FRACTION, LARGEST_VALUE, IntegerEncoder
from btcnet_jax.parts.integers.power_of_two import PowerOfTwoEncoder

# The first with the operators' integer types as they are used, and its intermediate representation.
_OPSET, _IR = 17, 8
_README = """# The encoder of {name} in ONNX

Made by `btcnet export`, operators of version {opset}. Integers throughout, of 8 to 64 bits; the convolution is
{convolutions} ConvInteger.

- `encoder.onnx`: the model
- `lines.bil`, `expected.symbols`, `samples.txt`: test vectors; `sizes.json`: what `check.py` asks for
- `python check.py`: runs the lines, window by window, and compares (needs onnxruntime and NumPy)

Inputs `lines`, {rows} lines x {samples} samples x {bands} bands of {dtype}, and `covered`, two int32: the first
kernel row that lies within the scene and the one behind the last (0 and {rows} but at the upper and lower edge;
what other rows hold does not matter). Output `symbols`, int32, {places} places x {channels} channels. Windows
follow each other by {scale} lines, the first begins {padding} lines above the scene; the last line is repeated
up to a multiple of {multiple}.
"""


def onnx_files(name: str, encoder: IntegerEncoder, samples: int) -> dict[str, bytes]:
    """The model and a checker.

    Args:
        name: of the model.
        encoder: to export.
        samples: of a line.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    require_extra("onnx", "onnx")
    graph = _Graph()
    _build(graph, encoder, samples)
    sizes = window_sizes(encoder, samples)
    words = {"name": name, "opset": _OPSET, "convolutions": graph.count("ConvInteger")}
    folder = resources.files("btcnet_jax.onboard") / "program"
    return {
        "encoder.onnx": graph.model(encoder, samples, sizes["places"]),
        "sizes.json": json.dumps(sizes).encode(),
        "check.py": (folder / "check.py").read_bytes(),
        "README.md": _README.format(**words, **sizes).encode(),
    }


class _Graph:
    """Nodes and constants, as they are added; a value is its name."""

    def __init__(self) -> None:
        import onnx

        self._onnx, self._nodes, self._constants = onnx, list[Any](), list[Any]()

    def constant(self, values: Any, dtype: Any = np.int64) -> str:
        """A tensor."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The value of a node."""
        name = f"{kind}_{len(self._nodes)}"
        node = self._onnx.helper.make_node(kind, inputs, [name], name, **attributes)
        self._nodes.append(node)
        return name

    def count(self, kind: str) -> int:
        """Of nodes."""
        return sum(node.op_type == kind for node in self._nodes)

    def cast(self, value: str, dtype: Any) -> str:
        """To another type of integers, modulo its range."""
        kind = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self("Cast", value, to=kind)

    def clip(self, value: str, low: int, high: int) -> str:
        """To a range, of int64."""
        return self("Clip", value, self.constant(low), self.constant(high))

    def shift(self, value: str, bits: Any) -> str:
        """Rounds down, as a right shift does; `Div` alone would round to zero."""
        divisor = self.constant(np.int64(1) << np.asarray(bits, np.int64))
        return self("Div", self("Sub", value, self("Mod", value, divisor)), divisor)

    def model(self, encoder: IntegerEncoder, samples: int, places: int) -> bytes:
        """All of it, checked; what was added last is the output."""
        helper = self._onnx.helper
        kind = helper.np_dtype_to_tensor_dtype
        lines = (KERNEL_ROWS, samples, encoder.bands)
        int32 = kind(np.dtype(np.int32))
        self._nodes[-1].output[0] = "symbols"
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [
                helper.make_tensor_value_info("lines", kind(encoder.dtype), lines),
                helper.make_tensor_value_info("covered", int32, (2,)),
            ],
            [helper.make_tensor_value_info("symbols", int32, (places, encoder.channels))],
            self._constants,
        )
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(
            graph, producer_name="btcnet", opset_imports=opset, ir_version=_IR
        )
        self._onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def _build(graph: _Graph, encoder: IntegerEncoder, samples: int) -> None:
    """`IntegerEncoder.encode` of one row of the latent."""
    covered = graph.cast("covered", np.int64)
    first = graph("Slice", covered, graph.constant([0]), graph.constant([1]))
    last = graph("Slice", covered, graph.constant([1]), graph.constant([2]))
    planes = _activations(graph, encoder, samples, first, last)
    found = graph("Transpose", _sums(graph, encoder, planes), perm=[1, 0])
    ends = [graph.constant([end]) for end in (0, encoder.channels, encoder.channels + 1, 1)]
    sums = graph("Slice", found, ends[0], ends[1], ends[3])
    total = graph("Slice", found, ends[1], ends[2], ends[3])
    half = 1 << (FRACTION - 1)
    values = graph("Mul", sums, graph.constant(encoder.multiplier))
    added = graph("Mul", total, graph.constant(encoder.total_multiplier))
    values = graph("Add", values, added)
    rounding = np.int64(1) << (encoder.channel_shift - 1)
    values = graph("Add", values, graph.constant(rounding))
    values = graph(
        "Add", graph.shift(values, encoder.channel_shift), graph.constant(encoder.constant)
    )
    bias = graph.constant(encoder.bias)
    rows = [graph("Gather", bias, end, axis=0) for end in (last, first)]
    values = graph("Add", values, graph("Sub", *rows))
    values = graph.clip(values, -LARGEST_VALUE, LARGEST_VALUE)
    if not isinstance(encoder, PowerOfTwoEncoder):
        sloped = graph("Mul", values, graph.constant(encoder.slope))
        sloped = graph.shift(graph("Add", sloped, graph.constant(half)), FRACTION)
        values = graph("Where", graph("Less", values, graph.constant(0)), sloped, values)
    steps = graph.shift(graph("Add", values, graph.constant(half - encoder.low)), FRACTION)
    steps = graph.clip(steps, encoder.symbol_low, encoder.symbol_high)
    if isinstance(encoder, PowerOfTwoEncoder):
        place = graph("Sub", steps, graph.constant(encoder.symbol_low))
        steps = graph("Gather", graph.constant(encoder.table), place)
    graph.cast(steps, np.int32)


def _activations(
    graph: _Graph, encoder: IntegerEncoder, samples: int, first: str, last: str
) -> str:
    """Of the window, int64, zeros outside the scene: 1 x bands x 11 x columns."""
    values = graph("Mul", graph.cast("lines", np.int64), graph.constant(encoder.gain))
    values = graph("Add", values, graph.constant(encoder.offset))
    values = graph.shift(values, encoder.shift)
    values = graph.clip(values, encoder.activation_low, encoder.activation_high)
    row = graph.constant(np.arange(KERNEL_ROWS))
    within = graph("And", graph("Not", graph("Less", row, first)), graph("Less", row, last))
    within = graph("Reshape", within, graph.constant([KERNEL_ROWS, 1, 1]))
    values = graph("Where", within, values, graph.constant(0))
    cols = -(-samples // encoder.multiple) * encoder.multiple
    columns = graph.constant(np.minimum(np.arange(cols), samples - 1))
    values = graph("Gather", values, columns, axis=1)
    values = graph("Transpose", values, perm=[2, 0, 1])
    return graph("Unsqueeze", values, graph.constant([0]))


def _sums(graph: _Graph, encoder: IntegerEncoder, planes: str) -> str:
    """Of each channel, and behind them of the activations alone: channels + 1 x places, int64."""
    shape = (KERNEL_ROWS, encoder.channels, encoder.scale, encoder.bands)
    kernel = encoder.weights.reshape(shape).transpose(1, 3, 0, 2)
    kernel = np.concatenate([kernel, np.ones_like(kernel[:1])])
    one_byte = encoder.activation_dtype.itemsize == 1
    planes_of = [(planes, 0)] if one_byte else _halves_of(graph, planes)
    kernels = [(kernel, 0)] if kernel.dtype.itemsize == 1 else _halves(kernel)
    sides = [encoder.scale, encoder.scale]
    parts = []
    for values, octaves in planes_of:
        low_byte = encoder.activation_dtype if one_byte else np.uint8
        data = graph.cast(values, np.int8 if octaves else low_byte)
        for weights, more in kernels:
            convolved = graph(
                "ConvInteger",
                data,
                graph.constant(weights, weights.dtype),
                strides=sides,
                kernel_shape=[KERNEL_ROWS, encoder.scale],
            )
            factor = graph.constant(1 << (octaves + more))
            parts.append(graph("Mul", graph.cast(convolved, np.int64), factor))
    total = parts[0]
    for part in parts[1:]:
        total = graph("Add", total, part)
    return graph("Squeeze", total, graph.constant([0, 2]))


def _halves_of(graph: _Graph, values: str) -> list[tuple[str, int]]:
    """High and low byte of a value, and by how many bits each is to be shifted."""
    return [(graph.shift(values, 8), 8), (graph("Mod", values, graph.constant(256)), 0)]


def _halves(weights: Integer[np.ndarray, "..."]) -> list[tuple[Integer[np.ndarray, "..."], int]]:
    return [((weights >> 8).astype(np.int8), 8), ((weights & 255).astype(np.uint8), 0)]
