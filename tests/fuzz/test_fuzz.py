"""The fuzz itself: cases are had again by number, checksums are repaired, and few of them find nothing."""

import signal

import pytest
from fuzz_files import Trial, attempt

from btcnet_jax.container.container import read_container
from btcnet_jax.errors import FileFormatError


@pytest.fixture(scope="module")
def trial():
    former = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    yield Trial(3)
    signal.signal(signal.SIGALRM, former)


def test_cases_are_decided_by_their_number(trial):
    assert [trial.case(number) for number in range(20)] == [trial.case(n) for n in range(20)]
    assert len({trial.case(number)[1] for number in range(200)}) > 150


def test_damage_reaches_the_decoders(trial):
    whole = 0
    for number in range(200):
        try:
            read_container(trial.case(number)[1])
        except FileFormatError:
            continue
        whole += 1
    assert whole > 150


def test_few_damaged_files_end_in_one_line_or_decode(trial):
    came = [attempt(trial, number) for number in range(150)]
    wrong = [what for what, _ in came if what.endswith(": wrong")]
    assert not wrong, [what for _, what in came if what]
    assert any(what.endswith(": decoded") for what, _ in came)


def test_an_error_that_should_not_be_is_a_finding(trial, monkeypatch):
    def broken(name, data):
        raise OverflowError("too large")

    monkeypatch.setattr(trial, "read", broken)
    what, why = attempt(trial, 0)
    assert what.endswith(": wrong")
    assert "OverflowError: too large" in why
