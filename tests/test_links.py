"""Links between the documents lead to files that are there, and to headings in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *ROOT.glob("btcnet_jax/**/*.md"),
]


def _headings(document):
    """As GitHub names them."""
    titles = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    for path, _, heading in (link.partition("#") for link in links if "://" not in link):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not heading or heading in _headings(target), f"{path}#{heading}"
