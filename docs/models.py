"""Writes the table of the models that ship into docs/MODELS.md, from what their files say.

python docs/models.py            # rewrites the table
python docs/models.py --check    # fails if it is not what the files say
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "MODELS.md"
_BEGIN, _END = "<!-- made by docs/models.py -->", "<!-- end -->"
_HEADINGS = ("name", "what", "bands", "MB")
_OF_FIGURES = ("name", "measured on", "bpppb", "PSNR, dB", "SAM, degrees")
_TEXTS = ("about", "data", "command", "hardware", "time", "license")


def table() -> str:
    """A line for each model that ships, then what the card of each says."""
    from btcnet_cli.model_rows import figure_rows, model_rows
    from btcnet_jax.zoo import SHIPPED, known

    found = [each for each in known()[0] if each.path.parent == SHIPPED]
    rows = model_rows(found)
    lines = [_row(_HEADINGS), "|" + "---|" * len(_HEADINGS)]
    for row in rows:
        lines.append(_row([row["name"], row["kind"], row["bands"], f"{row['megabytes']:.1f}"]))
    lines += ["", _row(_OF_FIGURES), "|" + "---|" * len(_OF_FIGURES)]
    for row in figure_rows(rows):
        figures = [_number(row[n], d) for n, d in (("bpppb", 4), ("psnr_db", 2), ("sam_deg", 3))]
        lines.append(_row([row["name"], row["measured_on"], *figures]))
    for each in found:
        digest = hashlib.sha256(each.path.read_bytes()).hexdigest()
        told = {name: each.text.card[name] for name in _TEXTS if name in each.text.card}
        told |= {"fingerprint": each.text.fingerprint.hex(), "SHA-256 of the file": digest}
        lines += ["", f"**{each.name}**", ""]
        lines += [f"- {name}: {' '.join(text.split())}" for name, text in told.items()]
    return "\n".join(lines)


def page() -> str:
    """The page with the table as the files say it."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    made = page()
    if "--check" in sys.argv[1:]:
        sys.exit(made != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(made, encoding="utf-8")
