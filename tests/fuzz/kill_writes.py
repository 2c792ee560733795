"""Kills a process at every step of writing a file or a pair, and looks at what is left.

python tests/fuzz/kill_writes.py --kills 10000

A step is whatever the writer asks of the system: opening, writing, synchronizing, renaming, removing. The
process is a fork that ends itself, as if by SIGKILL, just before its n-th step; so every moment is met.
"""

import argparse
import collections
import io
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from btcnet_jax.files import write_atomically
from btcnet_jax.scene import Scene
from btcnet_jax.scratch import PREFIX
from data_pipeline.readers import read_scene
from data_pipeline.writers import write_cube

_STEPS = ("open", "os.", "shutil.", "fcntl.", "tempfile.")
_DIED = 9


class Killer:
    """Ends the process before its n-th step within `folder`'s life; counts steps where n is 0."""

    def __init__(self, at: int) -> None:
        self.at, self.steps, self.armed = at, 0, False
        sys.addaudithook(self._heard)
        # What tells no audit hook: synchronizing, and writing, of which half is done.
        self._sync, os.fsync = os.fsync, self._synced
        io_open, killer = io.open, self

        def opened(*words, **options):
            return _Half(killer, io_open(*words, **options))

        Path.open = lambda path, *words, **options: opened(path, *words, **options)

    def step(self) -> bool:
        """Counts a step; True where it is the last one."""
        self.steps += self.armed
        return self.armed and self.steps == self.at

    def _heard(self, event: str, _: tuple) -> None:
        if event.startswith(_STEPS) and self.step():
            os._exit(_DIED)

    def _synced(self, handle: int) -> None:
        if self.step():
            os._exit(_DIED)
        self._sync(handle)


class _Half:
    """A file of which the last write before the end comes half."""

    def __init__(self, killer: Killer, file) -> None:
        self._killer, self._file = killer, file

    def write(self, data):
        if self._killer.step():
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            os._exit(_DIED)
        return self._file.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._file.__exit__(*error)

    def __iter__(self):
        return iter(self._file)


def scene(value: int, size: int) -> Scene:
    """A scene whose samples, size and description say which one it is."""
    shape = (4 + value, size, 3)
    return Scene(
        name=f"s{value}",
        values=np.full(shape, value, np.int16),
        wavelengths=np.array([400.0, 500, 600]) + value,
        tags={"number": str(value)},
    )


def write(kind: str, folder: Path, value: int, size: int) -> None:
    """Write file or pair number `value`."""
    if kind == "pair":
        write_cube(folder / "scene.hdr", scene(value, size))
    else:
        write_atomically(folder / "scene.btcn", _content(value, size))


def _content(value: int, size: int) -> bytes:
    return bytes([value]) * (100 * size + value)


def found(kind: str, folder: Path, size: int) -> int | None:
    """The number of what is there, whole; None where nothing is.

    Raises:
        AssertionError: it is cut short or mixed.
    """
    if kind == "file":
        path = folder / "scene.btcn"
        if not path.exists():
            return None
        data = path.read_bytes()
        assert data == _content(data[0], size), "a file cut short"
        return data[0]
    if not (folder / "scene.hdr").exists():
        return None
    got = read_scene(folder / "scene.hdr")
    value = int(got.tags["number"])
    expected = scene(value, size)
    assert got.values.shape == expected.values.shape, "a mixed pair"
    assert (got.values == value).all(), "a mixed pair"
    assert (got.wavelengths == expected.wavelengths).all(), "a mixed pair"
    return value


def run_and_die(at: int, work) -> tuple[int, int]:
    """Runs `work` in a fork that dies before its step `at`; its exit status, and its steps if it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        killer = Killer(at)
        killer.armed = True
        status = 1
        try:
            work()
            killer.armed = False
            os.write(writing, str(killer.steps).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    told = os.read(reading, 20)
    os.close(reading)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(told or 0)


def kill(kind: str, former: bool, at: int, size: int, again: int = 0) -> str:
    """One kill, perhaps a second one of the run that clears up; what was found.

    Returns:
        "old", "new" or "nothing", which is right only where there was nothing; "lived" where the run had
        fewer steps.

    Raises:
        AssertionError: something was lost, mixed or left behind.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if former:
            write(kind, folder, 1, size)
        status, _ = run_and_die(at, lambda: write(kind, folder, 2, size))
        if status == 0:
            return "lived"
        assert status == _DIED, f"status {status}"
        # What any other program sees: the pair of one writing, or none, never a mixed one. Its header is whole,
        # so what it says can be held against the data.
        seen = found(kind, folder, size)
        if again:
            run_and_die(again, lambda: write_atomically(folder / "other", b""))
            assert found(kind, folder, size) in (seen, 2), "a second kill changed what was there"
        write_atomically(folder / "other", b"")
        assert not [*folder.glob(PREFIX + "*")], "left behind"
        now = found(kind, folder, size)
        assert now is not None or not former, "lost"
        assert now == seen or (seen is None and now == 2), "changed without reason"
        return {1: "old", 2: "new", None: "nothing"}[now]


def steps(kind: str, former: bool) -> int:
    """How many steps a whole run takes."""
    folder = Path(tempfile.mkdtemp())
    try:
        if former:
            write(kind, folder, 1, 5)
        status, count = run_and_die(0, lambda: write(kind, folder, 2, 5))
        assert status == 0
        return count
    finally:
        shutil.rmtree(folder)


def _over(former: bool) -> str:
    return "over a former one" if former else "over nothing"


def main() -> int:
    """As many kills as asked for, at every step in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, counts, bad = random.Random(options.seed), collections.Counter(), 0
    plans = [(kind, former) for kind in ("file", "pair") for former in (True, False)]
    last = {plan: steps(*plan) for plan in plans}
    told = {f"{kind}, {_over(former)}": count for (kind, former), count in last.items()}
    print("steps:", told)
    # As many moments as there are of each, twice over with a second kill.
    moments = [(plan, at) for plan in plans for at in range(1, last[plan] + 1)]
    for number in range(options.kills):
        (kind, former), at = moments[number % len(moments)]
        again = chance.randrange(1, 40) if number >= len(moments) and number % 2 else 0
        try:
            came = kill(kind, former, at, chance.randrange(1, 400), again)
            assert came != "lived", "the writer has fewer steps than it had"
        except AssertionError as error:
            bad += 1
            came = f"WRONG: {error} (step {at})"
        counts[f"{kind}, {_over(former)}: {came}"] += 1
        if (number + 1) % 1000 == 0:
            print(f"{number + 1} kills, {bad} wrong", flush=True)
    for what, count in sorted(counts.items()):
        print(f"{count:7} {what}")
    print(f"{options.kills} kills, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
