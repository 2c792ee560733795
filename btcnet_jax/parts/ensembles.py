"""Views of a scene that a decoder averages over: turned, flipped and transposed."""

from btcnet_jax.errors import ConfigError

ENSEMBLES = (1, 2, 4, 8)
"""How many they may be."""


def require_ensemble(ensemble: object) -> None:
    """Raise ConfigError on an ensemble that the decoder does not have."""
    if ensemble not in ENSEMBLES:
        raise ConfigError(f"an ensemble of {ensemble} views: take 1, 2, 4 or 8")


def views_of(ensemble: int) -> list[tuple[bool, bool, bool]]:
    """Rows flipped, columns flipped, transposed. Each list is a group: turning the scene permutes it only."""
    if ensemble == 2:
        return [(False, False, False), (True, True, False)]
    return [(bool(i & 1), bool(i & 2), bool(i & 4)) for i in range(ensemble)]
