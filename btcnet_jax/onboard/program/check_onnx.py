"""Runs the test vectors beside this file through encoder.onnx: status 0 if all symbols are right."""

import sys

import onnxruntime
from windows import HERE, check


def main() -> int:
    """Window by window, on the processor; prints how many symbols differ."""
    session = onnxruntime.InferenceSession(
        str(HERE / "encoder.onnx"), providers=["CPUExecutionProvider"]
    )
    return check(
        lambda window, covered: session.run(None, {"lines": window, "covered": covered})[0]
    )


if __name__ == "__main__":
    sys.exit(main())
