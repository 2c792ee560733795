"""What integers cost, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from btcnet_jax.onboard.loss import IntegerLoss
    from btcnet_jax.onboard.power_of_two_loss import PowerOfTwoLoss


def unseen_in_words(loss: "IntegerLoss", samples: int) -> str:
    """What ranges of another scene cost, in one line."""
    text = f"{100 * loss.saturated / samples:.3g} % of samples are beyond the calibration"
    if loss.loss_db is None:
        return text
    return (
        f"{text}; PSNR {loss.integer_psnr_db:.3f} dB, {loss.loss_db:+.4f} dB lost to ranges of its own; "
        f"{loss.integer_bpppb:.4f} bpppb, {loss.bpppb:.4f} with tables of its own"
    )


def in_words(loss: "IntegerLoss") -> str:
    """What integers cost, in one line."""
    text = (
        f"{loss.differing:,} of {loss.symbols:,} symbols ({100 * loss.share:.3g} %) differ from the float "
        f"encoder's, by {loss.greatest} at most"
    )
    if loss.loss_db is None:
        return text
    return f"{text}; PSNR {loss.integer_psnr_db:.3f} dB, {loss.loss_db:+.4f} dB lost"


def power_of_two_in_words(loss: "PowerOfTwoLoss") -> str:
    """What scales that are powers of two cost, in one line."""
    of, others, floats = loss.integers.symbols, loss.differing, loss.differing_from_float
    text = (
        f"scales of powers of two: {others:,} of {of:,} symbols ({100 * others / of:.3g} %) differ from those "
        f"of free scales, by {loss.greatest} at most; {floats:,} ({100 * floats / of:.3g} %) from the float "
        f"encoder's, by {loss.greatest_from_float}"
    )
    if loss.loss_db is None or loss.float_loss_db is None:
        return text
    return (
        f"{text}; PSNR {loss.psnr_db:.3f} dB, {loss.loss_db:+.4f} dB lost to free scales, "
        f"{loss.float_loss_db:+.4f} dB to floats; {loss.bpppb:.4f} bpppb, {loss.integers.integer_bpppb:.4f} of "
        "free scales"
    )
