"""Runs the test vectors beside this file through encoder.jaxexport: status 0 if all symbols are right."""

import sys

import jax
import numpy as np
from jax import export
from windows import HERE, check


def main() -> int:
    """Window by window; prints how many symbols differ."""
    jax.config.update("jax_enable_x64", True)
    exported = export.deserialize(bytearray((HERE / "encoder.jaxexport").read_bytes()))
    return check(lambda window, covered: np.asarray(exported.call(window, covered)))


if __name__ == "__main__":
    sys.exit(main())
