"""Measurements as one HTML page that needs nothing else, and its pictures as PNG files."""

from btcnet_benchmark.report.page import write_report

__all__ = ["write_report"]
