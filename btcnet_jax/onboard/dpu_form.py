"""The convolution alone, as a DPU takes it: int8 in, int8 out, scales that are powers of two, in ONNX.

Its bias has 8 bits and the point of the sums there, which a bias of hundreds of symbols exceeds. What is beyond
comes from bands of a constant, behind those of the scene, by their weights.
"""

import json
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int8, Integer

from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.parts.integers.power_of_two import HIGH, PowerOfTwoEncoder

_OPSET, _IR = 17, 8
_README = """
## For a DPU

Scales are powers of two. `encoder.onnx` is all of the encoder, in integers, exact. What of it is for a DPU
(Vitis AI), the convolution, stands alone too:

- `dpu.onnx`: QuantizeLinear and DequantizeLinear around Conv. Input `activations`, 1 x {inputs} x {rows} lines
  x {cols} columns, output `outputs`, 1 x {channels} x 1 x places; float32 that hold int8, of scale 1 and zero
  point 0. Weights and bias are int8, each tensor of one scale, 2^-{point}
- `dpu.json`: what the input is made of, and the table from outputs to symbols
- `activations.int8`, `outputs.int8`: the test vectors there, window by window
- `python check_dpu.py`: runs `dpu.onnx` by onnxruntime, and compares outputs, and the symbols of the table.
  onnxruntime adds in float32 and rounds halves to even, a DPU, as the vectors, up: a rare output is 1 off

The first {bands} channels of the input are clip((sample * gain + offset) >> {shift}, -128, 127) of each band,
and {zero} in lines outside the scene; the last {constants} are {high} everywhere: the bias is beyond 8 bits.
The symbol of an output o is table[o + 128], PReLU included. No DPU, and no compiler for one, has run this.
"""


class Operands(NamedTuple):
    """What the convolution multiplies and adds.

    Attributes:
        weights: channels, bands and constants, kernel rows, columns.
        bias: in units of sums.
        constants: bands of 127 behind the scene's.
    """

    weights: Int8[np.ndarray, "channels inputs 11 scale"]
    bias: Int8[np.ndarray, " channels"]
    constants: int


def operands(encoder: PowerOfTwoEncoder) -> Operands:
    """Those of an encoder, its bias as weights of as many constant bands as it takes, and a rest of 8 bits."""
    shape = (KERNEL_ROWS, encoder.channels, encoder.scale, encoder.bands)
    weights = encoder.weights.reshape(shape).transpose(1, 3, 0, 2)
    taps = KERNEL_ROWS * encoder.scale
    whole = np.rint(encoder.bias_units / HIGH).astype(np.int64)
    constants = max(1, int(-(-np.abs(whole).max() // (taps * HIGH))))
    # As even as can be: the first of them one more.
    each, more = np.divmod(np.abs(whole), constants * taps)
    spread = each[:, None] + (np.arange(constants * taps) < more[:, None])
    spread = (np.sign(whole)[:, None] * spread).astype(np.int8)
    spread = spread.reshape(-1, constants, KERNEL_ROWS, encoder.scale)
    rest = encoder.bias_units - HIGH * whole
    return Operands(np.concatenate([weights, spread], axis=1), rest.astype(np.int8), constants)


def dpu_files(
    encoder: PowerOfTwoEncoder, lines: Integer[np.ndarray, "rows samples bands"]
) -> dict[str, bytes]:
    """The convolution, what is around it, and a checker; in README.md what is to be added to that of the form.

    Args:
        encoder: to export.
        lines: to check it with.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    given = operands(encoder)
    windows = _windows(encoder, lines, given.constants)
    told = {
        "rows": KERNEL_ROWS,
        "scale": encoder.scale,
        "bands": encoder.bands,
        "constants": given.constants,
        "inputs": windows.shape[1],
        "channels": encoder.channels,
        "cols": windows.shape[3],
        "point": encoder.point,
        "shift": encoder.shift,
        "zero": encoder.zero,
        "high": HIGH,
    }
    arrays = {"gain": encoder.gain, "offset": encoder.offset, "table": encoder.table}
    lists = {name: array.tolist() for name, array in arrays.items()}
    folder = resources.files("btcnet_jax.onboard") / "program"
    return {
        "dpu.onnx": _model(encoder, given, windows.shape),
        "dpu.json": json.dumps(told | lists).encode(),
        "activations.int8": windows.tobytes(),
        "outputs.int8": encoder.outputs(lines).tobytes(),
        "check_dpu.py": (folder / "check_dpu.py").read_bytes(),
        "README.md": _README.format(**told).encode(),
    }


def _windows(
    encoder: PowerOfTwoEncoder, lines: Integer[np.ndarray, "rows samples bands"], constants: int
) -> Int8[np.ndarray, "windows inputs 11 cols"]:
    found = encoder.activations(lines).reshape(len(lines), -1, encoder.bands)
    found = np.pad(found, [(0, -len(lines) % encoder.multiple), (0, 0), (0, 0)], "edge")
    sides = [(PADDING_ROWS, PADDING_ROWS), (0, 0), (0, 0)]
    padded = np.pad(found, sides, constant_values=encoder.zero)
    padded = np.pad(padded, [(0, 0), (0, 0), (0, constants)], constant_values=HIGH)
    firsts = range(0, len(found), encoder.scale)
    return np.stack([padded[first : first + KERNEL_ROWS].transpose(2, 0, 1) for first in firsts])


def _model(encoder: PowerOfTwoEncoder, given: Operands, shape: tuple[int, ...]) -> bytes:
    import onnx
    from onnx import helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def node(kind: str, *inputs: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"{kind}_{len(nodes)}"], **attributes))
        return str(nodes[-1].output[0])

    def constant(name: str, values: Any) -> str:
        constants.append(onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    zero, one = constant("zero", np.int8(0)), constant("one", np.float32(1))
    scale = constant("scale", np.float32(2.0**-encoder.point))
    data = node("DequantizeLinear", node("QuantizeLinear", "activations", one, zero), one, zero)
    kernel = node("DequantizeLinear", constant("weights", given.weights), scale, zero)
    bias = node("DequantizeLinear", constant("bias", given.bias), scale, zero)
    sides = [KERNEL_ROWS, encoder.scale]
    strides = [encoder.scale, encoder.scale]
    found = node("Conv", data, kernel, bias, kernel_shape=sides, strides=strides)
    node("DequantizeLinear", node("QuantizeLinear", found, one, zero), one, zero)
    nodes[-1].output[0] = "outputs"
    places = (1, encoder.channels, 1, shape[3] // encoder.scale)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "convolution",
        [value("activations", onnx.TensorProto.FLOAT, (1, *shape[1:]))],
        [value("outputs", onnx.TensorProto.FLOAT, places)],
        constants,
    )
    opset = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, producer_name="btcnet", opset_imports=opset, ir_version=_IR)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
