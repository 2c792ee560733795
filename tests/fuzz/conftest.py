"""The fuzz is a program beside its tests, and damages the golden files."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "streams")]
