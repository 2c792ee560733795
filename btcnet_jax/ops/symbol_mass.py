"""Probabilities of integer symbols under a distribution of the reals: F(k + 1/2) - F(k - 1/2).

In logarithms throughout, so that a symbol far out in a tail neither becomes probability 0 nor loses its
gradient. The functions take the array module, `jax.numpy` in training or `numpy` in float64 where integer
tables are made, so that both come from the same formulas. Parameters stand in the arrays' last axes.
"""

import math
from types import ModuleType
from typing import Any

ESCAPE_SHARE = 2.0**-16
# Of 1 / (1 + |k|)^2 over all integers.
_ESCAPE_SUM = math.pi**2 / 3 - 1

# Widths beyond e^-6 and e^12 symbols change no probability that matters and would overflow.
_LOG_SCALE_LIMITS = (-6.0, 12.0)
_LEAST_DIFFERENCE = 1e-12


def log_mixture(
    symbols: Any, weights: Any, means: Any, log_scales: Any, form: str, xp: ModuleType
) -> Any:
    """Natural logarithm of a symbol's probability under a mixture of logistic or Laplace distributions.

    Args:
        symbols: (..., 1), any real values: with uniform noise they need not be integers.
        weights: (..., parts), logarithms up to a common constant.
        means: (..., parts), in symbols.
        log_scales: (..., parts), logarithms of the widths in symbols.
        form: "logistic" or "laplace".
        xp: `jax.numpy` or `numpy`.
    """
    scales = xp.exp(xp.clip(log_scales, *_LOG_SCALE_LIMITS))
    part = log_logistic if form == "logistic" else log_laplace
    shares = weights - log_sum_exp(weights, xp)[..., None]
    return log_sum_exp(shares + part(symbols - means, scales, xp), xp)


def log_logistic(x: Any, scale: Any, xp: ModuleType) -> Any:
    """Of the interval x +- 1/2 under a logistic distribution around 0.

    With b = (x + 1/2)/s and a = (x - 1/2)/s: sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - e^(a-b)).
    """
    upper, lower = (x + 0.5) / scale, (x - 0.5) / scale
    return log_sigmoid(upper, xp) + log_sigmoid(-lower, xp) + xp.log(-xp.expm1(-1 / scale))


def log_laplace(x: Any, scale: Any, xp: ModuleType) -> Any:
    """Of the interval x +- 1/2 under a Laplace distribution around 0."""
    distance = xp.abs(x)
    beyond = xp.maximum(distance, 0.5)
    tail = -(beyond - 0.5) / scale + xp.log(-xp.expm1(-1 / scale) / 2)
    # Around the center 1 - e^(-1/2s) cosh(x/s), through log cosh(y) = y + log((1 + e^-2y) / 2).
    within = xp.minimum(distance, 0.5) / scale
    log_cosh = within + xp.log1p(xp.expm1(-2 * within) / 2)
    center = xp.log(xp.maximum(-xp.expm1(log_cosh - 0.5 / scale), _LEAST_DIFFERENCE))
    return xp.where(distance < 0.5, center, tail)


def log_factorized(
    symbols: Any, matrices: list[Any], biases: list[Any], factors: list[Any], xp: ModuleType
) -> Any:
    """Under a cumulative that is a small monotonic network of its own for each channel.

    Args:
        symbols: (...), any real values.
        matrices: of each layer, (..., out, in).
        biases: of each layer, (..., out).
        factors: of each layer but the last, (..., out).
        xp: `jax.numpy` or `numpy`.

    Source: Balle et al., ICLR 2018, appendix 6.1.
    """
    upper, lower = (
        _cumulative_logits(symbols + shift, matrices, biases, factors, xp) for shift in (0.5, -0.5)
    )
    # It is monotonic, but float32 may not see that in the tails.
    difference = xp.maximum(upper - lower, _LEAST_DIFFERENCE)
    difference = xp.log(-xp.expm1(-difference))
    return log_sigmoid(upper, xp) + log_sigmoid(-lower, xp) + difference


def log_with_escape(log_mass: Any, symbols: Any, xp: ModuleType) -> Any:
    """A symbol's log probability where a share of 2^-16 goes to an escape, and then falls with 1/k^2.

    That is what a file does with symbols that no table holds, so the estimate is honest for them; and
    neither it nor its gradient grows without bound.
    """
    escape = math.log(ESCAPE_SHARE / _ESCAPE_SUM) - 2 * xp.log1p(xp.abs(symbols))
    return xp.logaddexp(log_mass + math.log1p(-ESCAPE_SHARE), escape)


def log_sigmoid(x: Any, xp: ModuleType) -> Any:
    """log(1 / (1 + e^-x)), exact in both tails."""
    return -xp.logaddexp(0.0, -x)


def softplus(x: Any, xp: ModuleType) -> Any:
    """log(1 + e^x)."""
    return xp.logaddexp(0.0, x)


def log_sum_exp(x: Any, xp: ModuleType) -> Any:
    """log(sum(e^x)) over the last axis."""
    greatest = xp.max(x, axis=-1, keepdims=True)
    return xp.log(xp.sum(xp.exp(x - greatest), axis=-1)) + greatest[..., 0]


def _cumulative_logits(
    x: Any, matrices: list[Any], biases: list[Any], factors: list[Any], xp: ModuleType
) -> Any:
    hidden = x[..., None]
    for layer, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
        hidden = xp.sum(softplus(matrix, xp) * hidden[..., None, :], axis=-1) + bias
        if layer < len(factors):
            hidden = hidden + xp.tanh(factors[layer]) * xp.tanh(hidden)
    return hidden[..., 0]
