"""The training log: one JSON object a line, cut back to the resumed step so that no step stands twice."""

import json
from pathlib import Path
from typing import Any

from btcnet_jax.files import write_atomically

FILE = "train.jsonl"


class Logbook:
    """Appends records to `workdir/train.jsonl`; each record holds at least `step`."""

    def __init__(self, workdir: str | Path, resumed_step: int) -> None:
        self.path = Path(workdir) / FILE
        kept = [record for record in read_records(self.path) if record["step"] <= resumed_step]
        write_atomically(self.path, "".join(map(_line, kept)).encode())

    def write(self, record: dict[str, Any]) -> None:
        """Append one record; it is on disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(record))


def read_records(path: Path) -> list[dict[str, Any]]:
    """All whole records of a log; a last line cut short by an interruption is left out."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return records


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record) + "\n"
