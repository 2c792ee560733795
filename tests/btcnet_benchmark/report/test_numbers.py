"""Digits that mean something."""

import math

import pytest

from btcnet_benchmark.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123456, "0.0123"),
        (1.0, "1.00"),
        (45.678, "45.7"),
        (999.9, "1,000"),
        (123456, "123,456"),
        (-2.5, "\u22122.50"),
        (0, "0"),
        (None, "\u2013"),
        (math.nan, "\u2013"),
        (math.inf, "\u221e"),
        (1.5e-9, "1.50e\u221209"),
    ],
)
def test_significant_digits(value, text):
    assert numbers.significant(value) == text


def test_decimals_and_signs():
    assert numbers.fixed(1234.5, 1) == "1,234.5"
    assert numbers.fixed(0.5, 2, sign=True) == "+0.50"
    assert numbers.fixed(-0.5, 2, sign=True) == "\u22120.50"


def test_times_and_counts():
    assert numbers.seconds(4e-6) == "< 0.001"
    assert numbers.seconds(12.34) == "12.3"
    assert numbers.seconds(None) == "\u2013"
    assert numbers.count(2.5e6) == "2.50\u202fM"
    assert numbers.count(16) == "16.0"


def test_psnr_of_an_exact_restoration_is_said_in_words(made):
    assert numbers.psnr(made()) == "40.00"
    assert numbers.psnr(made(max_error=0.0, psnr_db=None)) == "exact"
    assert numbers.psnr(made(psnr_db=None)) == "\u2013"
