"""The curve of a training."""

import numpy as np
import pytest

from btcnet_jax.errors import TrainingError
from btcnet_jax.pictures import save_figure, training_figure


def test_loss_and_psnr_over_steps(tmp_path):
    records = [{"step": 2, "loss": 0.5}, {"step": 1, "loss": 0.9, "psnr_db": 20.0}]
    figure = training_figure(records)
    loss, psnr = figure.axes
    np.testing.assert_array_equal(loss.lines[0].get_xydata(), [[1, 0.9], [2, 0.5]])
    np.testing.assert_array_equal(psnr.lines[0].get_xydata(), [[1, 20.0]])
    assert (psnr.get_ylabel(), loss.get_xlabel()) == (
        "PSNR of range (dB)",
        "Training step",
    )
    save_figure(figure, tmp_path / "history.png")


def test_without_psnr_there_is_one_plot():
    assert len(training_figure([{"step": 1, "loss": 1.0}]).axes) == 1


def test_validation_is_a_second_curve():
    training = [{"step": step, "loss": 1.0, "psnr_db": 20.0} for step in (1, 2, 3)]
    validation = {"step": 2, "validation_loss": 0.7, "validation_psnr_db": 19.0}
    loss, psnr = training_figure([*training, validation]).axes
    np.testing.assert_array_equal(loss.lines[1].get_xydata(), [[2, 0.7]])
    np.testing.assert_array_equal(psnr.lines[1].get_xydata(), [[2, 19.0]])
    assert loss.get_legend().get_texts()[0].get_text() == "validation"


def test_after_a_resume_the_later_record_counts():
    records = [{"step": step, "loss": loss} for step, loss in [(1, 3.0), (2, 2.0), (2, 1.5)]]
    line = training_figure(records).axes[0].lines[0]
    np.testing.assert_array_equal(line.get_ydata(), [3.0, 1.5])


def test_missing_losses_are_gaps():
    records = [{"step": step, "loss": loss} for step, loss in [(1, 3.0), (2, None), (3, 1.0)]]
    line = training_figure(records).axes[0].lines[0]
    np.testing.assert_array_equal(line.get_ydata(), [3.0, np.nan, 1.0])


@pytest.mark.parametrize(("last", "scale"), [(0.05, "log"), (0.5, "linear"), (-0.05, "linear")])
def test_a_loss_that_falls_far_is_drawn_in_logarithms(last, scale):
    records = [{"step": 1, "loss": 1.0}, {"step": 2, "loss": last}]
    assert training_figure(records).axes[0].get_yscale() == scale


def test_many_points_get_a_running_mean():
    records = [{"step": step, "loss": 2.0 + (-1) ** step} for step in range(1, 200)]
    records[100]["loss"] = float("nan")
    smooth = training_figure(records).axes[0].lines[1].get_ydata()
    assert np.isfinite(smooth).all()
    assert np.abs(smooth - 2).max() < 0.51


def test_a_log_without_a_loss_is_refused():
    for records in ([], [{"step": 1}], [{"step": 1, "loss": float("nan")}]):
        with pytest.raises(TrainingError, match="no record"):
            training_figure(records)
