"""The folder of a benchmark: measurements as they come, compressed files, tables at the end."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from btcnet_benchmark.sweep.measurement import Key, Measurement
from btcnet_jax.errors import BtcnetError
from btcnet_jax.files import write_atomically

_LOG = "measurements.jsonl"
_FILES = "files"
# Long lists have no place in a spreadsheet; results.json has them.
_NOT_IN_CSV = ("psnr_per_band", "tasks", "made_of", "operations", "operations_once")


class ResultFolder:
    """Measurements on disk, so that a benchmark can be interrupted and gone on with.

    Args:
        folder: made if missing.

    Raises:
        BtcnetError: the folder cannot be written, or holds measurements of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / _LOG
        try:
            (folder / _FILES).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BtcnetError(f"{folder}: cannot be made ({error.strerror}); check --out") from None
        self._known = {measurement.key: measurement for measurement in self._read()}

    def find(self, key: Key, made_of: str) -> Measurement | None:
        """A measurement made earlier of the same scene and codec, whose file is still whole."""
        known = self._known.get(key)
        if known is None or known.made_of != made_of:
            return None
        whole = known.failed is not None or self._digest(known) == known.file_digest
        return known if whole else None

    def add(self, measurement: Measurement, data: bytes) -> None:
        """Keeps a measurement and the file it is of; the file first, so that a measurement has one.

        Raises:
            BtcnetError: the disk is full or may not be written.
        """
        if measurement.file:
            write_atomically(self.folder / measurement.file, data)
        line = json.dumps(measurement.to_json(), allow_nan=False) + "\n"
        try:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(line)
        except OSError as error:
            raise BtcnetError(f"{self._log}: cannot be written ({error.strerror})") from None
        self._known[measurement.key] = measurement

    def read_file(self, measurement: Measurement) -> bytes:
        """The compressed scene of a measurement."""
        return (self.folder / measurement.file).read_bytes()

    def write_tables(
        self,
        measurements: Sequence[Measurement],
        summary: Sequence[dict[str, Any]],
        bounds: Sequence[dict[str, Any]] = (),
    ) -> list[Path]:
        """Writes results.csv, results.json, summary.csv and bounds.csv, and returns their paths.

        Args:
            measurements: at least one.
            summary, bounds: rows of equal keys; without any there is no such file.

        Raises:
            BtcnetError: they cannot be written.
        """
        rows = [measurement.to_json() for measurement in measurements]
        texts = {
            "results.csv": _csv(rows, [name for name in rows[0] if name not in _NOT_IN_CSV]),
            "results.json": json.dumps(rows, allow_nan=False, indent=1),
        }
        tables = {"summary.csv": summary, "bounds.csv": bounds}
        texts |= {name: _csv(rows, list(rows[0])) for name, rows in tables.items() if rows}
        for name, text in texts.items():
            write_atomically(self.folder / name, text.encode())
        return [self.folder / name for name in texts]

    def _read(self) -> list[Measurement]:
        if not self._log.exists():
            return []
        # A line that an interruption cut short is measured again.
        lines = [
            line
            for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            if line
        ]
        found = []
        for number, line in enumerate(lines, 1):
            try:
                found.append(Measurement.from_json(json.loads(line)))
            except (ValueError, TypeError):
                if number < len(lines):
                    raise BtcnetError(
                        f"{self._log}: line {number} is no measurement of this version; "
                        "give another --out"
                    ) from None
                kept = "".join(f"{line}\n" for line in lines[:-1])
                write_atomically(self._log, kept.encode())
        return found

    def _digest(self, measurement: Measurement) -> str | None:
        path = self.folder / measurement.file
        return file_digest(path.read_bytes()) if path.is_file() else None


def _csv(rows: Sequence[dict[str, Any]], names: list[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def file_digest(data: bytes) -> str:
    """What tells a whole file from a damaged one."""
    return hashlib.sha256(data).hexdigest()[:16]


def file_name(
    scene: str, codec: str, target_bpppb: float | None, target_error: float | None = None
) -> str:
    """Where a compressed scene lies below the benchmark's folder."""
    asked = "" if target_bpppb is None else f"_{target_bpppb:g}"
    asked += "" if target_error is None else f"_within_{target_error:g}"
    readable = re.sub(r"[^\w.+-]+", "-", f"{scene}_{codec}{asked}")
    # Two names may read alike; the hash tells them apart.
    words = (
        (scene, codec, target_bpppb) if target_error is None else (scene, codec, None, target_error)
    )
    exact = hashlib.sha256(repr(words).encode()).hexdigest()[:8]
    return f"{_FILES}/{readable}_{exact}.bin"
