"""Reads damaged files of every codec and tells what came of it: `make fuzz`, or

python tests/fuzz/fuzz_files.py --cases 200000 --minutes 30 --jobs 2 --seed 1 --out fuzz

A case is decided by the seed and its number, so that every finding can be had again (`--only NUMBER`), and a
run goes on where it was stopped. A finding is an error that is no FileFormatError or ModelMismatchError, one of
more than one line, a warning, more than 2 seconds, or more than 300 MB. Files of the second entropy coder are
damaged where its library is installed; elsewhere a file that names it is refused for that (MissingExtraError).
Plans are damaged too, and where one is taken all the same, a stream is written by it that must be read again.
"""

import argparse
import collections
import gc
import importlib.util
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "streams")]

import golden_streams  # noqa: E402
import made_plans  # noqa: E402
import numpy as np  # noqa: E402
from golden_streams import FOLDER, TFC_NAMES, codec_of  # noqa: E402
from mutations import mutate  # noqa: E402

from btcnet_jax.codec import Codec  # noqa: E402
from btcnet_jax.container.compressed_file import CompressedFile, read_compressed  # noqa: E402
from btcnet_jax.container.scene_sections import read_facts, read_info  # noqa: E402
from btcnet_jax.errors import FileFormatError, MissingExtraError, ModelMismatchError  # noqa: E402
from btcnet_jax.scene import Scene  # noqa: E402

HAS_TFC = importlib.util.find_spec("tensorflow_compression_ops") is not None
FILES = (
    *golden_streams.NAMES,
    *golden_streams.BOUNDED,
    *golden_streams.BASED,
    *(TFC_NAMES if HAS_TFC else ()),
)
NAMES = (*FILES, *made_plans.NAMES)
SECONDS, MEGABYTES = 2.0, 300
_HANG = 30
_BLOCK = 500
# What takes a hundred times as long to decode is tried less often.
_WEIGHTS = [
    1 if name.startswith(("universal_meta", "universal_adaptive")) or name == "universal" else 3
    for name in NAMES
]


class HangError(BaseException):
    """A case that takes longer than any may."""


class Trial:
    """Golden files and the codecs that wrote them, ready for cases.

    Args:
        seed: with a case's number it decides the case.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._files = {name: (FOLDER / f"{name}.btcn").read_bytes() for name in FILES}
        self._codecs = {name: codec_of(name) for name in FILES}
        self._shape = read_compressed(self._files["universal"]).header.rows, 19
        for name, data in self._files.items():
            self._codecs[name].decompress(data)
        self._plans = made_plans.make_all()

    def case(self, number: int) -> tuple[str, bytes]:
        """The name of the golden file that a case is made of, and its bytes."""
        chance = random.Random(self._seed * 1_000_003 + number)
        name = chance.choices(NAMES, _WEIGHTS)[0]
        if name in self._plans:
            return name, made_plans.mutated(chance, self._plans[name], [*self._plans.values()])
        return name, mutate(chance, self._files[name], list(self._files.values()))

    def read(self, name: str, data: bytes) -> str:
        """Decodes, and says what came of it: "decoded" or the kind of the refusal.

        Raises:
            what should not be raised.
        """
        if data == (self._plans if name in self._plans else self._files)[name]:
            return "unchanged"
        try:
            if name in self._plans:
                return made_plans.use(data, read_all)
            codec, file = self._codecs[name], read_compressed(data)
            # Networks are compiled anew for every size: others are decoded up to the network only.
            if (file.header.rows, file.header.cols) == self._shape:
                codec.decompress(data)
            else:
                read_all(codec, file)
        except (FileFormatError, ModelMismatchError, made_plans.RefusedError) as error:
            if "\n" in str(error) or not str(error):
                raise AssertionError(f"not one line: {error!r}") from error
            return "another model" if isinstance(error, ModelMismatchError) else "refused"
        except MissingExtraError:
            if HAS_TFC:
                raise
            return "another coder"
        return "decoded"


def read_all(codec: Codec, file: CompressedFile) -> None:
    """All that `Codec.decompress` does, but for the network."""
    codec._own(file)
    facts, info = read_facts(file), read_info(file)
    if facts.varying.any():
        latent = codec._latent.read(file)
        bands = np.arange(int(facts.varying.sum()))
        inverse = codec._front_end.inverse(file, facts, latent, bands)
        planes = len(latent) if file.header.is_universal else facts.shape[2]
        inverse(np.zeros((4, 4, planes)))
    cube = facts.blank()
    if facts.missing is not None:
        facts.missing.fill_in(cube)
    Scene(values=cube, **info)


def attempt(trial: Trial, number: int) -> tuple[str, str | None]:
    """What came of a case, and what is wrong with that, if anything."""
    name, data = trial.case(number)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    signal.alarm(_HANG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            came, wrong = trial.read(name, data), None
    except (Exception, HangError) as error:
        came, wrong = "wrong", "".join(traceback.format_exception(error)[-3:])
    finally:
        signal.alarm(0)
    # Of the processor: others may be busy with it.
    seconds = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if wrong is None and seconds > SECONDS:
        came, wrong = "wrong", f"{seconds:.1f} s, {came}"
    if wrong is None and grown > MEGABYTES:
        came, wrong = "wrong", f"{grown:.0f} MB, {came}"
    return f"{name}: {came}", wrong


def _work(arguments: tuple[int, int, float]) -> dict:
    seed, block, until = arguments
    if time.time() > until:
        return {"block": block, "cases": 0}
    global _TRIAL
    if "_TRIAL" not in globals():
        _TRIAL = Trial(seed)
    counts, wrong, slowest = collections.Counter(), {}, 0.0
    for number in range(block * _BLOCK, (block + 1) * _BLOCK):
        started = time.process_time()
        came, what = attempt(_TRIAL, number)
        slowest = max(slowest, time.process_time() - started)
        counts[came] += 1
        if what:
            wrong[number] = what
    gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    done = {"block": block, "cases": _BLOCK, "counts": counts, "wrong": wrong}
    return {**done, "slowest_s": round(slowest, 2), "peak_mb": peak}


def _hang(*_: object) -> None:
    raise HangError(f"longer than {_HANG} s")


def _report(done: list[dict]) -> int:
    total = collections.Counter()
    for block in done:
        total.update(block["counts"])
    kinds = ("refused", "another model", "another coder", "decoded", "unchanged", "wrong")
    print(f"{'golden file':22}" + "".join(f"{kind:>15}" for kind in kinds))
    for name in NAMES:
        print(f"{name:22}" + "".join(f"{total[f'{name}: {kind}']:>15}" for kind in kinds))
    wrong = {number: what for block in done for number, what in block["wrong"].items()}
    peak = max((block["peak_mb"] for block in done), default=0)
    slowest = max((block["slowest_s"] for block in done), default=0)
    print(
        f"{sum(total.values())} cases, {len(wrong)} findings, slowest {slowest} s, process at most {peak} MB"
    )
    for number, what in list(wrong.items())[:20]:
        print(f"case {number}: {what}")
    return 1 if wrong else 0


def main() -> int:
    """Run cases, or one again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", type=int, help="one case, whose bytes are written to --out/case.btcn"
    )
    parser.add_argument("--out", type=Path, default=Path("fuzz"))
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _hang)
    options.out.mkdir(exist_ok=True)
    if options.only is not None:
        trial = Trial(options.seed)
        (options.out / "case.btcn").write_bytes(trial.case(options.only)[1])
        print(*attempt(trial, options.only), sep="\n")
        return 0
    log = options.out / f"seed_{options.seed}.jsonl"
    done = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    until = time.time() + 60 * options.minutes
    known = {block["block"] for block in done}
    blocks = [b for b in range(-(-options.cases // _BLOCK)) if b not in known]
    context = multiprocessing.get_context("spawn")
    with (
        context.Pool(options.jobs, signal.signal, (signal.SIGALRM, _hang)) as pool,
        log.open("a") as file,
    ):
        for block in pool.imap_unordered(_work, [(options.seed, b, until) for b in blocks]):
            if block["cases"]:
                done.append(block)
                print(json.dumps(block), file=file, flush=True)
    return _report(done)


if __name__ == "__main__":
    sys.exit(main())
