"""Ctrl-C at moments when an exception would be lost, would crash a library, or would stop the cleaning up."""

import _imp
import contextlib
import importlib.machinery
import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from btcnet_cli import info
from btcnet_jax.files import atomic_path

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def listens():
    """As at a terminal: a process that was begun in the background ignores the keys, and so do its children."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


def _press():
    signal.raise_signal(signal.SIGINT)


def _lost():
    """In a finalizer nobody can catch it; the same is true of callbacks of the garbage collector."""

    class Dying:
        def __del__(self):
            _press()

    Dying()


def _caught():
    with contextlib.suppress(BaseException):
        _press()


def _changed():
    try:
        _press()
    except BaseException as error:
        raise RuntimeError("of a library") from error


def _go_on():
    """As a computation does."""
    for _ in range(10_000):
        time.sleep(0.001)


@pytest.mark.parametrize("press", [_press, _lost, _caught, _changed])
def test_no_interruption_is_lost(btcnet, tmp_path, monkeypatch, press):
    def work(arguments):
        with atomic_path(tmp_path / "out") as path:
            path.write_text("half")
            press()
            if press is not _caught:
                _go_on()
        return 0

    monkeypatch.setattr(info, "run", work)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM), sys.unraisablehook
    status, told, error = btcnet("info", "x")
    assert (status, told) == (130, "")
    assert error == "btcnet: interrupted; nothing was left half written\n"
    assert list(tmp_path.iterdir()) == ([tmp_path / "out"] if press is _caught else [])
    assert handlers == (
        signal.getsignal(signal.SIGINT),
        signal.getsignal(signal.SIGALRM),
        sys.unraisablehook,
    )


def test_a_library_of_c_is_loaded_whole(btcnet, monkeypatch):
    loaded = []

    def create(spec):
        _press()
        loaded.append(spec)

    def work(arguments):
        loader = importlib.machinery.ExtensionFileLoader("library", "library.so")
        with monkeypatch.context() as patch:
            patch.setattr(_imp, "create_dynamic", create)
            loader.create_module(importlib.util.spec_from_loader("library", loader))
        _go_on()

    monkeypatch.setattr(info, "run", work)
    assert btcnet("info", "x")[0] == 130
    assert loaded


def test_progress_raises_what_somebody_caught(btcnet, monkeypatch):
    from btcnet_cli.progress import progress_bar

    def work(arguments):
        with progress_bar("working") as progress:
            _caught()
            progress(1, 2)
            pytest.fail("went on")

    monkeypatch.setattr(info, "run", work)
    assert btcnet("info", "x")[0] == 130


def test_a_second_press_does_not_stop_the_cleaning(btcnet, tmp_path, monkeypatch):
    def work(arguments):
        try:
            _press()
        finally:
            _press()
            (tmp_path / "cleaned").touch()

    monkeypatch.setattr(info, "run", work)
    assert btcnet("info", "x")[0] == 130
    assert (tmp_path / "cleaned").exists()


def test_an_interrupted_process_leaves_without_exit_handlers():
    code = (
        "import atexit, signal, sys; from btcnet_cli import info, main;"
        "atexit.register(print, 'finalized');"
        "info.run = lambda _: (print('begun'), signal.raise_signal(signal.SIGINT));"
        "sys.argv = ['btcnet', 'info', 'x']; main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (130, "begun\n")
    assert done.stderr == "btcnet: interrupted; nothing was left half written\n"
