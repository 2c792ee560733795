"""A writer killed before any of its steps leaves the old file or pair, or the next run finishes the new."""

import re
import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parent


def test_kill_before_every_step_and_kill_the_run_that_clears_up(tmp_path):
    # A process of its own, for it forks, which JAX in this one does not take.
    command = [sys.executable, FUZZ / "kill_writes.py", "--kills", "200"]
    done = subprocess.run(
        command, cwd=FUZZ.parent.parent, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [int(count) for count in re.findall(r": (\d+)", done.stdout.splitlines()[0])]
    # Both passes: every step once, and the rest with a second kill.
    assert 100 < sum(steps) < 200
    assert "200 kills, 0 wrong" in done.stdout
    assert "pair, over a former one: new" in done.stdout
    assert "pair, over a former one: old" in done.stdout
