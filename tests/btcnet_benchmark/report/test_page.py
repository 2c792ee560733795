"""The page as a whole: it needs nothing else, says what is asked of it, and appears whole."""

import base64
import re
from types import SimpleNamespace

import numpy as np
import pytest

from btcnet_benchmark.report import page as page_module
from btcnet_benchmark.report import write_report
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.errors import BtcnetError

_ODD = "a <b>&amp; 'c' \"d\" $e_1$"
_ODD_SHOWN = "a &lt;b&gt;&amp;amp; &#39;c&#39; &#34;d&#34; $e_1$"


@pytest.fixture(scope="module")
def write(original, restored):
    """Writes a report into a folder and gives its path and text."""

    def make(folder, found, **options):
        given = {"original": original, "restored": restored, "anchor": "klt", "title": "Title"}
        path = write_report(folder, found, **{**given, "command": "run it", **options})
        return path, path.read_text(encoding="utf-8")

    return make


@pytest.fixture(scope="module")
def page(tmp_path_factory, write, made, failed, original, restored):
    """A page with everything in it, and what was asked for to write it."""
    folder, asked = tmp_path_factory.mktemp("page"), []
    found = [made(scene, "klt", target) for scene in ("lake", _ODD) for target in (0.05, 0.1)]
    found += [made(scene, "net", None) for scene in ("lake", _ODD)]
    found.append(failed("lake", "_" + _ODD, 0.05, why="needs <172> bands"))
    path, text = write(
        folder,
        found,
        original=lambda name: asked.append(name) or original(name),
        restored=lambda m: asked.append((m.scene, m.codec, m.target_bpppb)) or restored(m),
        rate_map=lambda m: np.ones((2, 2)) if m.codec == "net" else None,
        command="btcnet <x> && y",
        date="May 5",
        title=_ODD,
    )
    return SimpleNamespace(folder=folder, path=path, text=text, asked=asked)


def _folder(path):
    return [entry.name for entry in sorted(path.iterdir())]


def test_the_page_needs_nothing_else(page):
    assert page.path == page.folder / "report.html"
    assert not re.search(r"https?://|<script|@import|url\(", page.text)
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page.text)
    assert all(source.startswith(("data:", "#")) for source in sources)


def test_the_pictures_lie_beside_it(page):
    inlined = re.findall(r"data:image/png;base64,([^\"]+)", page.text)
    files = {file.read_bytes() for file in (page.folder / "report").glob("*.png")}
    assert {base64.b64decode(image) for image in inlined} == files
    assert len(inlined) > 20
    assert _folder(page.folder) == ["report", "report.html"]


def test_every_link_leads_somewhere(page):
    links = re.findall(r'href="#([^"]+)"', page.text)
    assert {"summary", "curves", "scenes", "scene-2", "rate-maps", "cost"} <= set(links)
    assert all(f'id="{link}"' in page.text for link in links)


def test_every_picture_has_words(page):
    assert page.text.count("<img ") == len(re.findall(r'<img [^>]*alt="[^"]+"', page.text))


def test_what_was_run_is_told(page):
    assert "btcnet &lt;x&gt; &amp;&amp; y" in page.text
    assert "May 5" in page.text
    assert "<b>klt</b> (anchor): klt for a test" in page.text
    assert "<dd>0.05, 0.1</dd>" in page.text
    assert "<dt>Failed</dt><dd>1</dd>" in page.text
    assert "failed: needs &lt;172&gt; bands" in page.text


def test_odd_names_are_shown_as_they_are(page):
    assert _ODD not in page.text
    assert f"<title>{_ODD_SHOWN}</title>" in page.text
    assert page.text.count(_ODD_SHOWN) > 10


def test_each_scene_is_asked_for_once_and_its_cubes_right_after(page):
    each = [[s, (s, "klt", 0.05), (s, "net", None)] for s in ("lake", _ODD)]
    assert page.asked == each[0] + each[1]


@pytest.mark.parametrize("target", [0.1, None])
def test_one_scene_one_codec_one_rate(write, made, tmp_path, target):
    _, text = write(tmp_path, [made(target=target)])
    assert not re.search(r"\bnan\b", re.sub(r"base64,[^\"]+", "", text).lower())
    assert 'id="curves"' in text
    assert "Scene by scene" not in text


def test_nothing_but_names_is_enough(write, failed, tmp_path):
    bare = {"scene": "a", "codec": "klt", "about": "", "target_bpppb": 0.1, "dtype": "int16"}
    _, text = write(
        tmp_path,
        [Measurement(**bare, rows=12, cols=16, bands=9), failed("b", "klt")],
        original=lambda name: None,
        restored=lambda measurement: None,
    )
    assert "There are no pictures" in text
    assert 'id="cost"' not in text


def test_a_second_report_replaces_the_first(write, made, tmp_path):
    page_module.write_page(tmp_path, "old", {"stale.png": b"old"})
    _, text = write(tmp_path, [made()])
    names = _folder(tmp_path / "report")
    assert "stale.png" not in names
    assert len(names) == text.count("<img ")
    assert _folder(tmp_path) == ["report", "report.html"]


def test_a_failed_write_leaves_the_old_report(tmp_path, monkeypatch):
    page_module.write_page(tmp_path, "old", {"1.png": b"old"})

    def fail(*_):
        raise OSError(28, "disk full")

    monkeypatch.setattr(page_module, "_exchange", fail)
    with pytest.raises(BtcnetError, match="the disk is full"):
        page_module.write_page(tmp_path, "new", {"2.png": b"new"})
    assert (tmp_path / "report.html").read_text() == "old"
    assert (tmp_path / "report" / "1.png").read_bytes() == b"old"
    assert _folder(tmp_path) == ["report", "report.html"]


def test_pictures_come_back_if_the_new_cannot_be_placed(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(FileNotFoundError):
        page_module._exchange(tmp_path / "missing", tmp_path / "there", tmp_path / "aside")
    assert _folder(tmp_path) == ["there"]


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(BtcnetError, match="its folder does not exist"):
        page_module.write_page(tmp_path / "none", "page", {})
