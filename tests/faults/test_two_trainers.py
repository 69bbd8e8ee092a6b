"""One run folder, one trainer."""

import multiprocessing
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.faults.folder import same
from tests.faults.test_signals import SLOWLY, until


def test_the_second_is_refused_with_the_first_ones_number_and_host(forks, train, whole, tmp_path):
    folder = tmp_path / "run"
    slow = SLOWLY.format(module="fast", name="update", seconds=3)
    first = forks.start(*train(folder, 10), before=slow)
    until(folder / "checkpoints/00000001", first, forks)
    second = forks.run(*train(folder, 10), check=2)
    assert f"is being trained by process {first[1]} on {socket.gethostname()};" in second.err
    assert forks.run(*train(folder, 10, "--fresh", "--yes"), check=2).err == second.err
    os.kill(first[1], signal.SIGTERM)
    assert forks.wait(first).status == 0
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def test_a_trainer_that_was_killed_does_not_lock_its_run(forks, train, whole, tmp_path):
    folder = tmp_path / "run"
    first = forks.start(*train(folder, 10))
    until(folder / ".lock", first, forks)
    os.kill(first[1], signal.SIGKILL)
    forks.wait(first)
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def hold_again_and_again(folder, failures, times):
    from textgan.errors import InputError
    from textgan.training.lock import locked

    mark = folder / "mark"
    for _ in range(times):
        try:
            with locked(folder) as check:
                check()
                try:
                    os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    failures.value += 1
                    continue
                mark.unlink()
        except InputError as error:
            assert re.search(r"process \d+ on|another process", str(error))


@pytest.mark.parametrize("folder", ["", "made/and/removed"])
def test_no_two_hold_the_lock_at_once_though_its_file_and_folder_come_and_go(tmp_path, folder):
    context = multiprocessing.get_context("fork")
    failures = context.Value("i", 0)
    given = (tmp_path / folder, failures, 1000)
    both = [context.Process(target=hold_again_and_again, args=given) for _ in range(3)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert failures.value == 0


def test_a_folder_that_goes_between_two_looks_at_it_is_made_anew(tmp_path, monkeypatch):
    from textgan.training.lock import locked

    folder, is_dir, looks = tmp_path / "run", Path.is_dir, []
    folder.mkdir()

    def look(path):
        if path == folder and not looks:
            folder.rmdir()
        looks.append(path)
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", look)
    with locked(folder) as check:
        check()
    assert folder in looks


@pytest.mark.parametrize("what", ["a file", "a link to nothing"])
def test_what_is_no_folder_is_told_and_not_waited_for(forks, train, tmp_path, what):
    if what == "a file":
        (tmp_path / "run").write_text("mine")
    else:
        (tmp_path / "run").symlink_to(tmp_path / "gone")
    assert forks.run(*train(tmp_path / "run", 10)).status in (1, 2)


def test_a_lock_that_is_a_link_to_nothing_is_told_and_not_waited_for(forks, train, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".lock").symlink_to(tmp_path / "gone" / "lock")
    ended = forks.run(*train(folder, 10))
    assert ended.status == 2 and str(folder / ".lock") in ended.err


def test_fresh_that_was_killed_leaves_a_run_that_starts_over(forks, train, whole, tmp_path):
    import shutil

    folder = shutil.copytree(whole, tmp_path / "run")
    # Killed at each of the things that it deletes.
    for count in (1, 2, 4, 7):
        before = f"""
import os, textgan.training.runs as runs
true, left = runs.remove_folder, {count}
from pathlib import Path
gone = Path.unlink
def counted(do):
    def done(*given, **named):
        global left
        do(*given, **named)
        left -= 1
        if not left:
            os.kill(os.getpid(), 9)
    return done
runs.remove_folder, Path.unlink = counted(true), counted(gone)
"""
        fresh = (*train(folder, 10, "--fresh", "--yes"), "--seed", 0)
        assert forks.run(*fresh, before=before).status == -9
        assert not (folder / "checkpoints").exists()
        if count == 4:
            forks.run(*train(folder, 10), check=0)
            same(folder, whole)
    forks.run(*train(folder, 10, "--fresh", "--yes"), check=0)
    same(folder, whole)
