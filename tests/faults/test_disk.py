"""Disks that are full or read-only, folders that vanish, clocks that jump."""

import os
import shutil
import subprocess
import time

import pytest

from tests.faults.folder import same, sound
from tests.faults.test_signals import SLOWLY, until


def mounted(place, options, *more):
    place.mkdir()
    done = subprocess.run(
        ["mount", "-o", options, *more, str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def small(tmp_path):
    """A disk of 128 kB."""
    place = tmp_path / "disk"
    mounted(place, "size=128k", "-t", "tmpfs", "tmpfs")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def fixed(whole, tmp_path):
    """A finished run on a disk that is read-only."""
    source = shutil.copytree(whole, tmp_path / "source")
    place = tmp_path / "fixed"
    mounted(place, "bind", str(source))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk, left):
    """Leave so many bytes on a disk."""
    file = disk / "filling"
    file.unlink(missing_ok=True)
    room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    file.write_bytes(b"x" * max(room - left, 0))


def one_line(ended, words):
    assert ended.status == 1, ended
    last = ended.err.splitlines()[-1]
    assert last.startswith("textgan: ") and words in last, ended.err


def test_train_on_a_full_disk(forks, train, whole, tmp_path):
    disk = tmp_path / "disk"
    mounted(disk, "size=1m", "-t", "tmpfs", "tmpfs")
    try:
        for left in (0, 16, 90, 260, 320):
            fill(disk, left * 1024)
            ended = forks.run(*train(disk / "run", 10))
            if ended.status:
                one_line(ended, "No space left on device")
            sound(disk / "run", whole)
        (disk / "filling").unlink()
        forks.run(*train(disk / "run", 10), check=0)
        same(disk / "run", whole)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_other_verbs_on_a_full_disk(forks, whole, names, small):
    out = small / "out"
    full = f"No space left on device ({out})"
    one_line(forks.run("sample", whole, "-n", 100_000, "--out", out), full)
    cache = {"TEXTGAN_CACHE": str(small)}
    text = small.parent / "text.txt"
    text.write_text("".join(f"line {i}\n" for i in range(20_000)))
    full = f"cannot write to {small}/prepared (No space"
    one_line(forks.run("corpora", "prepare", text, env=cache), full)
    assert [p for p in small.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("limit", [1000, 30_000])
def test_train_where_files_may_not_grow(forks, train, whole, tmp_path, limit):
    folder = tmp_path / "run"
    one_line(forks.run(*train(folder, 10), limits={"FSIZE": limit}), "File too large")
    sound(folder, whole)
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def test_other_verbs_where_files_may_not_grow(forks, whole, tmp_path):
    limits, out = {"FSIZE": 10_000}, tmp_path / "out"
    text = tmp_path / "text.txt"
    text.write_text("".join(f"line {i}\n" for i in range(20_000)))
    cache = {"TEXTGAN_CACHE": str(tmp_path / "cache")}
    for command, env in (
        (("sample", whole, "-n", 100_000, "--out", out), {}),
        (("report", whole, "--out", out), {}),
        (("corpora", "prepare", text), cache),
    ):
        one_line(forks.run(*command, limits=limits, env=env), "File too large")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [text]


def test_a_read_only_run(forks, train, whole, fixed, tmp_path):
    one_line(forks.run(*train(fixed, 20)), "Read-only file system")
    one_line(forks.run("report", fixed), "Read-only file system")
    one_line(forks.run("sample", fixed, "--out", fixed / "o.txt"), "Read-only file system")
    cache = {"TEXTGAN_CACHE": str(fixed)}
    text = tmp_path / "text.txt"
    text.write_text("one\ntwo\nthree\n")
    one_line(forks.run("corpora", "prepare", text, env=cache), "Read-only file system")
    assert forks.run("sample", fixed, "-n", 3, check=0).out.count("\n") == 3
    same(fixed, whole)


@pytest.mark.parametrize("how", ["deleted", "moved", "taken over"])
def test_a_folder_that_goes_under_its_run(forks, train, whole, tmp_path, how):
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    slow = SLOWLY.format(module="fast", name="update", seconds=0.1)
    handle = forks.start(*train(folder, 10), before=slow)
    until(folder / "checkpoints/00000002", handle, forks)
    folder.rename(elsewhere)
    if how == "deleted":
        shutil.rmtree(elsewhere)
    if how == "taken over":
        forks.run(*train(folder, 10), check=0)
    one_line(forks.wait(handle), f"the run folder {folder} was deleted or moved")
    if how == "taken over":
        same(folder, whole)  # the first trainer has not written into the second one's run
    else:
        assert not folder.exists()
    if how == "moved":
        forks.run(*train(elsewhere, 10), check=0)
        same(elsewhere, whole)


BACK = """
import time
true, count = time.time, 0
def back():
    global count
    count += 1
    return true() - 90_000 * count
time.time = back
"""
"""The clock on the wall, a day further back each time somebody looks."""


def test_a_clock_that_jumps(forks, train, tmp_path):
    folder = tmp_path / "run"
    forks.run(*train(folder, 5), before=BACK, check=0)
    then = time.time() + 10 * 365 * 86_400
    for path in folder.rglob("*"):
        os.utime(path, (then, then))
    forks.run(*train(folder, 10), before=BACK, check=0)
    # Five steps end a run, so that it is scored there once more.
    (whole_five := tmp_path / "whole").mkdir()
    forks.run(*train(whole_five, 5), check=0)
    forks.run(*train(whole_five, 10), check=0)
    same(folder, whole_five)
    spent = [line["seconds"] for line in lines(folder) if "seconds" in line]
    assert spent == sorted(spent) and 0 < spent[-1] < 600


def lines(folder):
    import json

    return [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]
