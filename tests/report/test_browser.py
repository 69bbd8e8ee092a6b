"""The page in a real browser."""

import html
import re
import shutil
import subprocess

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    # A request that left the file would fail, and say so.
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
)  # fmt: skip


def browse(page, profile, *options):
    address = page.resolve().as_uri()
    return subprocess.run(
        [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *options, "--dump-dom", address],
        capture_output=True, text=True, timeout=120, encoding="utf-8",
    )  # fmt: skip


def probe(page, folder, width, script):
    """What a script finds in the page, shown in a frame of that width."""
    holder = folder / "probe.html"
    framed = html.escape(page.read_text(encoding="utf-8"), quote=True)
    holder.write_text(
        f'<!DOCTYPE html><iframe id=f style="border:0;width:{width}px;height:900px" '
        f'srcdoc="{framed}"></iframe><script>onload = () => {{'
        f"const d = document.getElementById('f').contentDocument; document.title = {script};"
        "}</script>",
        encoding="utf-8",
    )
    done = browse(holder, folder / f"profile {width}")
    return re.search("<title>(.*?)</title>", done.stdout).group(1)


@pytest.mark.parametrize("name", ["finished", "hostile"])
def test_no_console_error_and_no_request(pages, tmp_path, name):
    done = browse(pages[name].page, tmp_path / "profile")
    assert "CONSOLE" not in done.stderr
    assert '<main id="main"' in done.stdout
    assert "<script" not in done.stdout


@pytest.mark.parametrize("name", ["finished", "hostile"])
def test_nothing_is_wider_than_a_phone(pages, tmp_path, name):
    width = probe(pages[name].page, tmp_path, 360, "d.documentElement.scrollWidth")
    assert int(width) <= 360


def test_letters_in_charts_are_legible_on_a_phone(pages, tmp_path):
    # The first row of the matrix: a letter that is turned on its side is as large as any other.
    size = "parseFloat(getComputedStyle(t).fontSize) * Math.hypot(m.a, m.b)"
    each = f"t => {{ const m = t.getScreenCTM(); return {size}; }}"
    script = f"Math.min(...[...d.querySelectorAll('svg text')].map({each}))"
    assert float(probe(pages["finished"].page, tmp_path, 360, script)) >= 9
