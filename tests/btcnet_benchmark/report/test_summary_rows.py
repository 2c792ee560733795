"""The summary for the terminal and for a file."""

import pytest

from btcnet_benchmark.report import summary_rows
from btcnet_jax.errors import DataError


def test_curves_have_differences_and_fixed_rates_a_distance(made):
    curves = [
        made(scene=scene, codec=codec, target=target, gain=gain)
        for scene in ("lake", "field")
        for codec, gain in (("klt", 0.0), ("better", 1.5))
        for target in (0.03, 0.05, 0.1, 0.4)
    ]
    fixed = [made(scene=scene, codec="net", target=None, gain=-3.0) for scene in ("lake", "field")]
    klt, better, net = summary_rows([*curves, *fixed], "klt")
    assert [row["codec"] for row in (klt, better, net)] == ["klt", "better", "net"]
    assert set(klt.values()) == {"klt", None}
    assert better["bd_psnr_db"] == pytest.approx(1.5)
    assert better["bd_rate_percent"] == pytest.approx(100 * (10**-0.15 - 1))
    assert better["coverage"] == pytest.approx(1)
    assert (net["bpppb"], net["bd_psnr_db"]) == (pytest.approx(0.07), None)
    assert net["above_anchor_db"] == pytest.approx(-3, abs=1e-3)


def test_a_rate_beyond_the_anchor_and_a_failure_have_no_distance(made, failed):
    anchor = [made(target=target) for target in (0.1, 0.4)]
    nets = [made(codec="net", target=None), failed(codec="failing", target=None)]
    rows = summary_rows([*anchor, *nets], "klt")
    assert rows[1]["above_anchor_db"] is None
    assert set(rows[2].values()) == {"failing", None}
    with pytest.raises(DataError):
        summary_rows(anchor, "nobody")
