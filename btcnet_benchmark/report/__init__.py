"""Measurements as one HTML page that needs nothing else, and its pictures as PNG files."""

from btcnet_benchmark.report.bounds_part import bound_rows
from btcnet_benchmark.report.page import write_report
from btcnet_benchmark.report.summary import summary_rows

__all__ = ["bound_rows", "summary_rows", "write_report"]
