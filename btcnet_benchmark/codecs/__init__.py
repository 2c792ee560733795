"""Peer codecs of the benchmark, all behind one interface."""

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.codecs.klt_jpeg2000 import KltJpeg2000

__all__ = ["KltJpeg2000", "Peer"]
