"""Signals, readers that leave, streams that are closed: nothing is lost and nobody shouts."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.faults.folder import OPTIONS, record, same, sound
from tests.faults.forks import ROOT

SLOWLY = """
import time, textgan.training.{module} as m
true = m.{name}
def slow(*given, **named):
    time.sleep({seconds})
    return true(*given, **named)
m.{name} = slow
"""
"""A step or a save that takes its time, so that a signal comes in the midst of it."""


def until(path, handle, forks):
    while not path.exists():
        assert forks.alive(handle)
        time.sleep(0.002)


def shell(command, **options):
    """A command line of a real shell, with the program as a process of its own."""
    program = f"{sys.executable} {ROOT / 'cli.py'}"
    return subprocess.run(
        ["bash", "-c", "set -o pipefail; " + command.replace("textgan", program)],
        capture_output=True, text=True, timeout=120, env=os.environ, **options,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_saves_the_step_and_the_run_goes_on(forks, train, whole, tmp_path, number):
    folder = tmp_path / "run"
    slow = SLOWLY.format(module="fast", name="update", seconds=0.1)
    handle = forks.start(*train(folder, 10), before=slow)
    until(folder / "checkpoints/00000002", handle, forks)
    os.kill(handle[1], number)
    ended = forks.wait(handle)
    assert ended.status == 0 and "the same command goes on" in ended.err
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def test_a_signal_between_two_saves_saves_the_step_in_hand(forks, train, tmp_path):
    folder = tmp_path / "run"
    slow = SLOWLY.format(module="fast", name="update", seconds=0.1)
    handle = forks.start(*train(folder, 900, "--set", "checkpoint.every=1000"), before=slow)
    until(folder / "samples/00000003.txt", handle, forks)
    os.kill(handle[1], signal.SIGTERM)
    ended = forks.wait(handle)
    assert ended.status == 0 and "the same command goes on" in ended.err
    newest = max((folder / "checkpoints").iterdir()).name
    told = re.search(r"step (\d+) after", ended.err)
    assert int(newest) == int(told[1]) >= 3
    assert record(folder)[-1]["step"] == int(newest)


def test_sigint_twice_leaves_at_once(forks, train, whole, tmp_path):
    folder = tmp_path / "run"
    slow = SLOWLY.format(module="fast", name="update", seconds=0.5)
    handle = forks.start(*train(folder, 10), before=slow)
    until(folder / "checkpoints/00000001", handle, forks)
    for _ in range(2):
        os.kill(handle[1], signal.SIGINT)
        time.sleep(0.1)
    ended = forks.wait(handle)
    assert ended.status == 130
    assert ended.err.splitlines()[-1] == "textgan: interrupted" and "Traceback" not in ended.err
    sound(folder, whole)
    assert not [path for path in folder.rglob(".*")]
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_another_verb_leaves_no_file(forks, whole, tmp_path, number):
    out = tmp_path / "out.txt"
    handle = forks.start("sample", whole, "-n", 10_000_000, "--out", out)
    while not list(tmp_path.iterdir()):
        assert forks.alive(handle)
        time.sleep(0.002)
    os.kill(handle[1], number)
    assert forks.wait(handle).status == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_closed_streams_do_not_reach_a_file(whole, tmp_path):
    out = tmp_path / "out.txt"
    done = shell(f"textgan sample {whole} -n 5 --out {out} <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_text().count("\n") == 5


def test_sample_to_a_closed_stream(whole):
    done = shell(f"textgan sample {whole} -n 5 >&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_training_does_not_need_a_listener(whole, names, tmp_path):
    options = " ".join(f"'{option}'" for option in OPTIONS)
    folder = tmp_path / "run"
    done = shell(
        f"textgan train {names} {options} --steps 10 --out {folder} >&- 2> >(head -1 >/dev/null)"
    )
    assert done.returncode == 0
    same(folder, whole)


def test_a_failure_is_not_told_on_standard_output():
    done = shell("textgan trian 2>&-")
    assert (done.returncode, done.stdout) == (2, "")
