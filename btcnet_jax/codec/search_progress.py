"""How far a search for a step is, which makes as many trials as it needs."""

from btcnet_jax.errors import ConfigError
from btcnet_jax.progress import Progress

# Trials that a search takes, most often, and what coding and restoring the file take of one.
_TRIALS, _CODING, _RESTORING = 3, 0.5, 0.5
_PARTS = 1000
# Of a large scene's statistics, of the search on a sample of its tiles, and of coding some of them again, in
# passes that code all of them.
_STATISTICS, _SEARCH, _CORRECTION = 0.3, 0.2, 0.2


class SearchProgress:
    """Tells the work of trials as parts of one whole, which grows where more of them are needed.

    Args:
        progress: called with parts of the work done and in all; never with fewer than before. None: of no use.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done, self._running, self._begun = 0.0, 0.0, 0

    def trial(self, share: float = 1.0) -> Progress:
        """Begins a trial with a share of the scene; gives what to call with its parts."""
        self._begun += share == 1
        return self._piece(share)

    def coding(self) -> Progress:
        """Begins to code the symbols of the best trial: the last of the work."""
        self._begun = max(self._begun, _TRIALS)
        return self._piece(_CODING, coding=True)

    def restoring(self) -> Progress:
        """Begins to restore the file of a trial, to see how good it is."""
        return self._piece(_RESTORING, coding=True)

    def finish(self) -> None:
        """All is done."""
        if self._progress is not None:
            total = round(_PARTS * (self._done + self._running))
            self._progress(total, total)

    def _piece(self, size: float, *, coding: bool = False) -> Progress:
        # Trials end early where further components are not worth their bits.
        self._done, self._running = self._done + self._running, size
        to_come = max(_TRIALS - self._begun, 0) + (0 if coding else _CODING)
        before, all_of_it = self._done, self._done + size + to_come

        def update(done: int, total: int) -> None:
            if self._progress is not None:
                so_far = before + size * done / max(total, 1)
                self._progress(round(_PARTS * so_far), round(_PARTS * all_of_it))

        return update


class PassProgress:
    """Tells the passes over the tiles of a large scene as parts of one whole, which grows with another pass.

    Args:
        progress: called with parts of the work done and in all; never with fewer than before. None: of no use.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._before, self._passes, self._told = 0.0, 0, 0

    def statistics(self) -> Progress:
        """Begins to read the scene; gives what to call with parts of that."""
        return self._part(_STATISTICS)

    def search(self) -> Progress:
        """Begins the search on a sample."""
        return self._part(_SEARCH)

    def coding(self) -> Progress:
        """Begins a pass that codes all tiles."""
        self._passes += 1
        return self._part(1.0)

    def correcting(self) -> Progress:
        """Begins to code some tiles of a pass again."""
        return self._part(_CORRECTION)

    def restoring(self) -> Progress:
        """Begins to restore what a pass has coded."""
        return self._part(_RESTORING)

    def _part(self, size: float) -> Progress:
        before, self._before = self._before, self._before + size
        whole = max(_STATISTICS + _SEARCH + max(self._passes, 1), self._before)

        def update(done: int, total: int) -> None:
            if self._progress is not None:
                # A search that needs another trial is less far than it said.
                so_far = before + size * min(done / max(total, 1), 1)
                self._told = max(self._told, round(_PARTS * so_far))
                self._progress(self._told, round(_PARTS * whole))

        return update


def require_callable(progress: object) -> None:
    """Raise ConfigError on what cannot be called with parts done and all."""
    if progress is not None and not callable(progress):
        raise ConfigError(
            f"progress is called with parts done and all, not {type(progress).__name__}"
        )
