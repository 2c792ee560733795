"""The page in a real browser: nothing is missing, nothing is wider than a phone."""

import html
import json
import re
import shutil
import subprocess

import pytest

from btcnet_benchmark.report import write_report

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
    "--dump-dom",
)
# Whatever the page wanted from outside itself would be refused, and that is an error on the console.
_POLICY = (
    "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:;"
    " style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
)
_CHECK = """
<script>
addEventListener("load", () => {
  const wide = [...document.querySelectorAll("body *")].filter(
    (e) => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1);
  const found = {
    width: innerWidth,
    content: document.documentElement.scrollWidth,
    wide: wide.map((e) => e.outerHTML.slice(0, 80)),
    images: document.images.length,
    broken: [...document.images].filter((i) => !i.naturalWidth).map((i) => i.alt),
    unreached: [...document.querySelectorAll(".scroll")].filter(
      (e) => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX !== "auto").length,
  };
  parent.postMessage(JSON.stringify(found), "*");
});
</script>
"""
# A window has a least width, which is more than a phone's; a frame has none.
_PHONE = """<!doctype html>
<script>addEventListener("message", (e) => document.body.append("FOUND" + e.data + "FOUND"));</script>
<iframe src="copy.html" style="width:400px; height:900px; border:0"></iframe>
"""


@pytest.fixture(scope="module")
def browser():
    """The browser's file."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser to open the page in: none of {', '.join(_NAMES)} is on the path")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory, made, original, restored):
    """A page with long names, and what a browser says of it."""
    folder = tmp_path_factory.mktemp("browser")
    long = "anamewithoutanyplacetobreakit" * 4
    found = [
        made(scene, codec, target)
        for scene in ("lake", long)
        for codec in ("klt", long)
        for target in (0.05, 0.1)
    ]
    found.append(made("lake", "net", None))
    given = {"original": original, "restored": restored, "anchor": "klt"}
    return write_report(folder, found, **given, title=long, command=f"btcnet {long * 3}")


@pytest.mark.browser
def test_a_phone_shows_all_of_it(browser, page, tmp_path):
    text = page.read_text(encoding="utf-8")
    copy = text.replace("<head>", "<head>" + _POLICY) + _CHECK
    (tmp_path / "copy.html").write_text(copy, encoding="utf-8")
    phone = tmp_path / "phone.html"
    phone.write_text(_PHONE, encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [browser, *_OPTIONS, profile, phone.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert said == []
    match = re.search("FOUND({.*})FOUND", done.stdout)
    assert match is not None
    found = json.loads(html.unescape(match.group(1)))
    assert found["width"] == 400
    assert found["content"] <= 400
    assert found["wide"] == []
    assert found["images"] == text.count("<img ") > 10
    assert found["broken"] == []
    assert found["unreached"] == 0
