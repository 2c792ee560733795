"""How much an encoder takes: pixels its statistics are of, and components of a file.

A light encoder has as many components as let its analysis stay as light as the published encoder.
"""

from btcnet_jax.parts.block_transform import BLOCK, MULTIPLY_ADDS
from btcnet_jax.parts.goal import PASSES
from btcnet_jax.parts.spectral_plan import COMPONENTS

# One block of so many is in the sample; in one of more where a scene has many blocks, in one of fewer
# where it has few. It costs 0.03 dB on 100 x 100 pixels, and of a share of 4 it would be 0.02.
_SHARE, _MANY_BLOCKS, _FEW_BLOCKS = 8, 512, 40
# About how many components are projected beyond those of the file.
_PROJECTED_BEYOND = 4
# Covariances of more bands count as those of so many.
_MANY_BANDS = 300
# Bits a sample up to which this is so. The published encoder has no rates above: there the limit rises with the
# rate, for with a fixed number of components more bits would only refine what is exact enough.
_HIGH_RATE = 0.25
# An analysis of a sample takes no more than the published encoder does, by `analysis_operations`.
_MOST_MULTIPLY_ADDS = 74


# On the ground: blocks whose coefficients are looked at beforehand, and pixels that a covariance is of.
_FULL_BLOCKS, _FULL_PIXELS = 2048, 1 << 18


def analysis_operations(places: int, bands: int, components: int) -> float:
    """Multiply-adds of an analysis with one step, a sample of the bands that vary: what limits components.

    It decides how many components a file may have, so what it counts is part of the codec: covariance, band
    weights, projection, block transform by rows and columns, and fit. Reading, eigenvectors, the choice of
    components, quantization with its contexts, coding and the search for the step are not in it;
    `btcnet_jax.cost.Tally` counts all of them, as they are computed.

    Args:
        places: blocks of the scene.
        bands: that vary.
        components: of the file.
    """
    part = 1 / sample_share(places)
    projected = min(components + _PROJECTED_BEYOND, bands)
    weighed = (PASSES + 1) * min(COMPONENTS, bands)
    fit = (components + 1) * ((components + 1) / 2 + 2 * projected)
    blocks = (MULTIPLY_ADDS * (projected + part * weighed) + fit) / bands
    return (bands + 1) / 2 * part + weighed * part + projected + blocks


def most_components(places: int, bands: int, rate: float = 0.0) -> int:
    """How many components the published encoder's multiply-adds suffice for; at least one.

    A scene of few blocks, of which a larger share is in the sample, is taken for one of more: it is too
    small for its cost to matter, and few components would spoil it. For the same reason the covariance of
    more than 300 bands, whose cost a sample grows with them, is not charged beyond that of 300: of 955 bands
    and 100 x 100 pixels it alone would take everything.

    Args:
        places: blocks of the scene.
        bands: that vary.
        rate: bits a sample of these that the file may take.
    """
    components, places = bands, max(places, _SHARE * _FEW_BLOCKS)
    beyond = max(bands - _MANY_BANDS, 0) / 2 / sample_share(places)
    most = _MOST_MULTIPLY_ADDS + beyond
    while components > 1 and analysis_operations(places, bands, components) > most:
        components -= 1
    return min(at_rate(components, rate), bands)


def at_rate(components: int, rate: float) -> int:
    """As many components, and more in proportion at high rates."""
    return int(components * max(1.0, rate / _HIGH_RATE))


def sample_share(places: int) -> int:
    """One block of how many is in the sample of a scene of so many."""
    return max(places // _MANY_BLOCKS, min(_SHARE, places // _FEW_BLOCKS), 1)


def full_shares(places: int) -> tuple[int, int]:
    """One block of how many is in the sample where effort is not spared, and one pixel of how many in the
    covariance: all of a scene of 512 x 512 pixels."""
    return max(places // _FULL_BLOCKS, 1), max(places * BLOCK // _FULL_PIXELS, 1)


def large_sample(*, light: bool) -> tuple[int, int]:
    """Blocks of a large scene that are looked at beforehand, and pixels that its covariance is of."""
    return (_MANY_BLOCKS, _MANY_BLOCKS * BLOCK) if light else (_FULL_BLOCKS, _FULL_PIXELS)
