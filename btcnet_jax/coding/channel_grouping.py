"""Groups channels of like spread so that each group shares one table.

A table per channel is dear for a small scene, one table for all is loose. Channels that are
shifted to a common center differ mainly in spread, so they are sorted by it and neighbors are
merged while that saves bits.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Int


def channel_centers(counts: Int[np.ndarray, "channels alphabet"]) -> Int[np.ndarray, "channels"]:
    """The median symbol of each channel, from its counts (each channel has at least one symbol)."""
    cumulative = counts.cumsum(axis=1)
    half = (cumulative[:, -1:] + 1) // 2
    return np.argmax(cumulative >= half, axis=1).astype(np.int64)


def shift_counts(
    counts: Int[np.ndarray, "channels alphabet"], shifts: Int[np.ndarray, "channels"]
) -> Int[np.ndarray, "channels alphabet"]:
    """Counts of (symbol + shift) modulo the alphabet."""
    alphabet = counts.shape[1]
    source = (np.arange(alphabet) - shifts[:, None]) % alphabet
    return np.take_along_axis(counts, source, axis=1)


def group_channels(
    counts: Int[np.ndarray, "channels alphabet"],
) -> Int[np.ndarray, "channels"]:
    """Index of each channel's group, 0..groups-1; groups are numbered by rising spread.

    Args:
        counts: occurrences of the symbols of each channel, centered at the middle of the alphabet.
    """
    distance = np.abs(np.arange(counts.shape[1]) - counts.shape[1] // 2)
    order = np.argsort(counts @ distance, kind="stable")
    groups = _merge([counts[channel] for channel in order])
    index = np.empty(len(counts), np.int64)
    index[order] = np.repeat(np.arange(len(groups)), groups)
    return index


def _merge(counts: list[Int[np.ndarray, "alphabet"]]) -> list[int]:
    """Merges neighbors greedily, the most saving pair first; returns the sizes of the groups."""
    sizes = [1] * len(counts)
    costs = [_estimated_bits(group) for group in counts]
    joint = [_estimated_bits(a + b) for a, b in pairwise(counts)]
    while joint:
        gains = [both - a - b for both, (a, b) in zip(joint, pairwise(costs), strict=True)]
        left = int(np.argmin(gains))
        if gains[left] > 0:
            break
        counts[left : left + 2] = [counts[left] + counts[left + 1]]
        sizes[left : left + 2] = [sizes[left] + sizes[left + 1]]
        costs[left : left + 2] = [joint.pop(left)]
        for pair in (left - 1, left):
            if 0 <= pair < len(joint):
                joint[pair] = _estimated_bits(counts[pair] + counts[pair + 1])
    return sizes


def _estimated_bits(counts: Int[np.ndarray, "alphabet"]) -> float:
    """Code length of the symbols and of their table, close to what fitting the table would give."""
    best = np.inf
    binned, bin_bits, size = counts, 0, int(counts.sum())
    while True:
        occurring = binned[binned > 0]
        entropy = size * np.log2(size) - float(np.sum(occurring * np.log2(occurring)))
        # The table's part is fitted to what tables of some hundred to some million symbols took.
        table = 20 + occurring.size * (1 + 0.25 * np.log2(size))
        best = min(best, entropy + size * bin_bits + table)
        if binned.size <= 2:
            return float(best)
        binned, bin_bits = binned.reshape(-1, 2).sum(axis=1), bin_bits + 1
