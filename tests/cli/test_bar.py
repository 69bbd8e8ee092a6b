import os
import subprocess
import sys
from contextlib import suppress

import pytest

from textgan.cli import bar
from textgan.cli.bar import Bar

SCRIPT = """
from textgan.cli.bar import Bar
with Bar("writing", {after}) as bar:
    bar.expect(4)
    for _ in range(4):
        bar.tick(1)
"""


def on_a_terminal(after):
    """What a terminal is sent by a `Bar` that is ticked to its end."""
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SCRIPT.format(after=after)]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end of a terminal whose other side is closed
            while block := os.read(ours, 65_536):
                shown += block
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_a_terminal_is_shown_a_bar():
    shown = on_a_terminal(0.0)
    assert "writing" in shown and "100%" in shown and "left" in shown


def test_nothing_is_shown_of_what_is_soon_done():
    assert on_a_terminal(60.0) == ""


def test_elsewhere_a_line_now_and_then(capsys, monkeypatch):
    with Bar("writing") as quick:
        quick.expect(4)
        quick.tick(4)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(bar, "SECONDS_BETWEEN_LINES", 0.0)
    with Bar("writing") as slow:
        slow.expect(4)
        slow.tick(1)
    assert capsys.readouterr().err.startswith("writing  25 %  ")
