"""Jobs in processes: order, ticks, errors, interruption."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.conftest import ROOT
from textgan.errors import InputError, WorldError
from textgan.lab.spread import Workers


def slower_first(number, tick):
    time.sleep(0.3 * (2 - number))
    for _ in range(10):
        tick(1)
    return number, os.getpid()


def failing(number, tick):
    if number == 1:
        raise InputError("one is refused")
    return number


def buggy(number, tick):
    return 1 / number


def gone(number, tick):
    os._exit(number)


def spread(count=2):
    expected, ticked = [], []
    return Workers(expected.append, ticked.append, count), expected, ticked


def test_results_come_in_the_order_of_jobs_and_every_tick_is_told():
    run, expected, ticked = spread()
    found = run(slower_first, [(0,), (1,), (2,)], 10)
    assert [number for number, _ in found] == [0, 1, 2]
    assert os.getpid() not in {pid for _, pid in found}
    assert expected == [30]
    assert sum(ticked) == 30


def test_an_error_for_the_user_comes_through_as_it_is():
    run, _, _ = spread()
    with pytest.raises(InputError, match=r"^one is refused$"):
        run(failing, [(0,), (1,)], 0)


def test_a_bug_comes_with_its_traceback():
    run, _, _ = spread(1)
    with pytest.raises(RuntimeError, match=r"(?s)in buggy.*ZeroDivisionError"):
        run(buggy, [(0,)], 0)


@pytest.mark.parametrize("status", [0, 3])
def test_a_process_that_is_gone_ends_the_wait(status):
    run, _, _ = spread(1)
    with pytest.raises(WorldError, match=f"ended with status {status}"):
        run(gone, [(status,)], 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a terminal")
def test_ctrl_c_ends_every_process_and_says_one_line(tmp_path):
    # The whole group gets the signal, as from a terminal.
    (tmp_path / "sleepy.py").write_text(
        textwrap.dedent("""
            import os, sys, time
            from pathlib import Path

            def sleep(number, tick):
                Path(f"{number}.pid").write_text(str(os.getpid()))
                time.sleep(120)

            def run():
                from textgan.lab.spread import Workers
                Workers(lambda n: None, lambda n: None, 2)(sleep, [(0,), (1,)], 0)

            if __name__ == "__main__":
                from textgan.cli import main
                main.dispatch = lambda arguments: run()
                sys.exit(main.main([]))
            """),
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "sleepy.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    files = [tmp_path / f"{number}.pid" for number in range(2)]
    deadline = time.monotonic() + 90
    while not all(file.exists() and file.read_text() for file in files):
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "textgan: interrupted\n"
    for file in files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(file.read_text()), 0)
