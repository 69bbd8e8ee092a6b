import sys

from tests.cli.process import on_a_terminal
from textgan.cli import bar
from textgan.cli.bar import Bar

SCRIPT = """
from textgan.cli.bar import Bar
with Bar("writing", {after}) as bar:
    bar.expect(4)
    for _ in range(4):
        bar.tick(1)
"""


def test_a_terminal_is_shown_a_bar():
    shown = on_a_terminal("stderr", sys.executable, "-c", SCRIPT.format(after=0.0))
    assert "writing" in shown and "100%" in shown and "left" in shown


def test_nothing_is_shown_of_what_is_soon_done():
    assert on_a_terminal("stderr", sys.executable, "-c", SCRIPT.format(after=60.0)) == ""


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
