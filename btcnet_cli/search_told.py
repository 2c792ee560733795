"""What a search for a step tells: beside the bar while it runs, in a line and in the figures afterwards."""

from typing import TYPE_CHECKING, Any

from btcnet_cli.missing_options import counted
from btcnet_cli.progress import describe

if TYPE_CHECKING:
    from btcnet_jax.codec import Target
    from btcnet_jax.codec.trials import Trial
    from btcnet_jax.progress import Progress


class SearchTold:
    """The trials of one cube.

    Args:
        target: asked for; of a quality the trials are told.
        progress: beside whose bar it is told which trial was made.
    """

    def __init__(self, target: "Target | None", progress: "Progress") -> None:
        from btcnet_jax.codec.target import Psnr, Sam

        self._target = target if isinstance(target, (Psnr, Sam)) else None
        self._name = "psnr_db" if isinstance(target, Psnr) else "sam_deg"
        self._progress, self._trials = progress, list["Trial"]()

    def enter(self, trial: "Trial") -> None:
        """Take a trial."""
        self._trials.append(trial)
        text = f"trial {trial.number}: {trial.file_bytes} bytes"
        if self._target is not None and trial.quality is not None:
            text += f", {self._in_words(trial)}"
        describe(self._progress, text)

    def lines(self) -> list[str]:
        """One of a quality that was asked for; else none."""
        if self._target is None or not self._trials:
            return []
        tried = "; ".join(
            f"{each.file_bytes} bytes {self._in_words(each)}" for each in self._trials
        )
        return [f"{counted(len(self._trials), 'trial')} for {self._target}: {tried}"]

    def figures(self) -> dict[str, Any]:
        """Of a quality that was asked for, ready for JSON."""
        if self._target is None:
            return {}
        tried = [
            {"file_bytes": each.file_bytes, "step": each.step, self._name: self._figure(each)}
            for each in self._trials
        ]
        asked = next(iter(vars(self._target).values()))
        return {f"target_{self._name}": asked, "trials": len(tried), "tried": tried}

    def _figure(self, trial: "Trial") -> float | None:
        """As it was measured: None of a PSNR that is infinite."""
        return None if trial.quality is None else getattr(trial.quality, self._name)

    def _in_words(self, trial: "Trial") -> str:
        assert self._target is not None, "there is a quality to tell of"
        assert trial.quality is not None, "it was measured"
        return self._target.in_words(self._target.figure(trial.quality))
