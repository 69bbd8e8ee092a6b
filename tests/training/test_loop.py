"""When a run ends, what is saved when, and which signals it hears."""

import json
import os
import signal

import pytest

from textgan.training.loop import HANGUP, SIGNALS, listening, reached
from textgan.training.settings import resolve


def ended(step, seconds, **lengths):
    settings = resolve({f"training.{name}": value for name, value in lengths.items()})
    return reached(settings, step, seconds)


def test_a_run_ends_at_its_steps_or_minutes_whichever_come_first():
    assert not ended(1, 119.9, minutes=2) and ended(1, 120, minutes=2)
    assert not ended(9, 1e9, steps=10) and ended(10, 0, steps=10)
    assert not ended(9, 29.9, steps=10, minutes=0.5)
    assert ended(10, 0, steps=10, minutes=0.5) and ended(1, 30, steps=10, minutes=0.5)
    assert not ended(10**9, 1e9)


@pytest.mark.skipif(os.name == "nt", reason="Windows hands over no folders")
def test_the_record_is_on_the_disk_before_a_state_that_it_leads_up_to(
    run_here, tmp_path, monkeypatch
):
    done, fsync, rename = [], os.fsync, os.replace

    def sync(descriptor):
        fsync(descriptor)
        about = os.fstat(descriptor)
        done.append((about.st_ino, about.st_size))

    def replace(old, new):
        rename(old, new)
        done.append(os.path.relpath(new, tmp_path))

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    run_here(tmp_path, {"training.steps": 2, "checkpoint.every": 1, "record.every": 1})
    record = tmp_path / "record.jsonl"
    steps = [json.loads(line)["step"] for line in record.read_text().splitlines()]
    assert steps == [0, 1, 2, 2]
    lines = record.read_bytes().splitlines(keepends=True)
    for step in range(3):
        size = sum(len(line) for line, of in zip(lines, steps, strict=True) if of <= step)
        flushed = done.index((record.stat().st_ino, size))
        assert flushed < done.index(f"checkpoints/{step:08d}")


@pytest.fixture
def handlers():
    """Set a handler of a signal for this test: `handlers(number, handler)`."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield signal.signal
    for number, handler in before.items():
        signal.signal(number, handler)


def own(number, frame):
    raise AssertionError


@pytest.mark.parametrize("number", SIGNALS)
def test_a_programs_own_handler_is_back_after_a_run(handlers, number):
    handlers(number, own)
    with listening() as stop:
        assert signal.getsignal(number) is stop
        signal.raise_signal(number)
        assert stop.asked and stop.signal == number
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is own
    with pytest.raises(ValueError, match="wrong"), listening():
        raise ValueError("wrong")
    assert signal.getsignal(number) is own


class HangsUp:
    """A listener that closes the run's terminal."""

    def progressed(self, state, seconds, line):
        signal.raise_signal(HANGUP)

    def sampled(self, step, lines, scores):
        pass


@pytest.mark.skipif(HANGUP is None, reason="Windows has no such signal")
@pytest.mark.parametrize(
    ("handler", "step"), [(signal.SIG_IGN, 8), (own, 3)], ids=["nohup", "terminal"]
)
def test_a_terminal_that_closes_stops_a_run_but_under_nohup(
    handlers, run_here, tmp_path, handler, step
):
    handlers(HANGUP, handler)
    settings = {"training.steps": 8, "record.every": 2}
    outcome = run_here(tmp_path / "run", settings, watch=lambda plan: HangsUp())
    assert outcome.step == step and outcome.complete == (step == 8)
    assert outcome.signal == (None if step == 8 else HANGUP)
    assert signal.getsignal(HANGUP) is handler
    assert (tmp_path / "run" / f"checkpoints/{step:08d}").is_dir()
