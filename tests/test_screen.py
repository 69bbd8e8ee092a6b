"""What a run shows while it trains, on terminals of several kinds."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from textgan import screen
from textgan.terminal import drawable

STATUS = "step 500  12.3/s  0:10 left  wasserstein 1.23"
LINE = {"steps_per_second": 12.3, "terms": {"wasserstein": [1.23, 0.0]}}


class Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def show(monkeypatch):
    """What is written to standard error, and what is said, while a run of 1,000 steps shows."""

    def show(sample, columns=80, terminal=True, labels=(), **environment):
        for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **environment}.items():
            monkeypatch.setenv(name, value)
        model = SimpleNamespace(
            write=lambda z, label: [f"{label}{sample}" if labels else sample],
            labels_of=lambda numbers: [
                labels[number % len(labels)] for number in numbers if labels
            ],
        )
        monkeypatch.setattr(screen, "TextGAN", lambda *parts, **more: model)
        stream, said = Stream(terminal), []
        monkeypatch.setattr("sys.stderr", stream)
        settings = SimpleNamespace(training=SimpleNamespace(steps=1000, minutes=None))
        state = SimpleNamespace(step=500, average=SimpleNamespace(latent=4))
        corpus = SimpleNamespace(tokenizer=None, summary=SimpleNamespace(labels={}))
        shown = screen.Screen(settings, "wasserstein", corpus, said.append).start()
        shown.progressed(state, 10.0, LINE)
        shown.stop()
        assert (drawable() is None) == (shown.bar is None), "every bar stands in the same places"
        return stream.getvalue(), said

    return show


def last_frame(written):
    frames = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written))
    return next(frame for frame in reversed(frames) if STATUS in frame)


@pytest.mark.parametrize(
    "sample", ["x" * 90, "名" * 90, "é\x07" * 40], ids=["x", "wide", "control"]
)
@pytest.mark.parametrize("columns", [60, 68, 80, 81, 100, 200])
def test_a_long_sample_takes_the_cells_that_are_left(show, sample, columns):
    written, said = show(sample, columns)
    frame = last_frame(written)
    assert said == [] and cell_len(frame) <= columns
    shown = frame.split(STATUS)[1].strip()
    bar = screen.BAR_CELLS + 1
    room = min(max(columns - bar - len(STATUS) - 1, 0), screen.SAMPLE_CELLS)
    assert room - 1 <= cell_len(shown) <= room or room == cell_len(shown) == 0
    assert frame.index(STATUS) == bar or columns < bar + len(STATUS) + 2
    assert "\x07" not in written


@pytest.mark.parametrize("terminal", [True, False])
def test_a_live_sample_stands_behind_its_label(show, terminal):
    written, said = show("anna", 100, terminal=terminal, labels=("a", "b", "Czech"))
    # That of step 500, and written with it.
    shown = last_frame(written) if terminal else said[0]
    assert shown.rstrip().endswith("Czech: Czechanna")


def test_a_long_label_and_its_sample_take_the_cells_that_are_left(show):
    written, _ = show("anna", 100, labels=("x\x1b" * 60,))
    assert cell_len(last_frame(written)) <= 100 and "\x1b" * 2 not in written


@pytest.mark.parametrize(
    "where",
    [{"TERM": "dumb"}, {"terminal": False}, {"terminal": False, "FORCE_COLOR": "1"}],
)
def test_where_no_bar_can_be_drawn_lines_are_said(show, where):
    written, said = show("x" * 90, **where)
    assert written == "" and said == [f"{STATUS}  {'x' * screen.SAMPLE_CELLS}"]
