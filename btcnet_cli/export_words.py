"""What integers cost, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from btcnet_jax.onboard.loss import IntegerLoss


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
