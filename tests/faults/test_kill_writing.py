"""kill -9 while a command writes: nothing half stands under a final name, and it succeeds again."""

import hashlib
import os
import random
import signal
import time

import pytest

from tests.faults.folder import same, sound


def digest(folder):
    """Of every file under its final name, by name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    }


def kill(forks, folder, moments, *command, env=None):
    """Kill a command that fills `folder` at random moments: all of a file is there, or nothing."""
    draw = random.Random(moments)
    began = time.monotonic()
    forks.run(*command, check=0, env=env)
    life = time.monotonic() - began
    wanted, killed = digest(folder), 0
    assert wanted
    while killed < moments:
        for name in digest(folder):
            (folder / name).unlink()
        for empty in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
            if not any(empty.iterdir()):
                empty.rmdir()
        killed += forks.killed(draw.uniform(0, life), *command, env=env)
        assert digest(folder) in ({}, wanted)
    forks.run(*command, check=0, env=env)
    assert digest(folder) == wanted


def moments(few, many):
    return pytest.mark.parametrize("moments", [few, pytest.param(many, marks=pytest.mark.slow)])


@moments(5, 30)
def test_sample(forks, whole, tmp_path, moments):
    out = tmp_path / "out.txt"
    kill(forks, tmp_path, moments, "sample", whole, "-n", 20_000, "--threads", 1, "--out", out)


@moments(1, 10)
def test_report(forks, whole, tmp_path, moments):
    out = tmp_path / "page.html"
    kill(forks, tmp_path, moments, "report", whole, "--threads", 1, "--out", out)


@moments(5, 30)
def test_prepare(forks, tmp_path, moments):
    text, cache = tmp_path / "text.txt", tmp_path / "cache"
    draw = random.Random(3)
    text.write_text("".join("".join(draw.choices("abcdefgh", k=12)) + "\n" for _ in range(50_000)))
    kill(
        forks, cache, moments, "corpora", "prepare", text, env={"TEXTGAN_CACHE": str(cache)}
    )  # fmt: skip


@pytest.mark.parametrize("place", ["checkpoints", "model"])
def test_a_run_in_the_midst_of_a_write(forks, train, whole, tmp_path, place):
    folder = tmp_path / "run"
    for count in (1, 4):  # the write that is hit
        handle = forks.start(*train(folder, 10))
        seen = set()
        while len(seen) < count and forks.alive(handle):
            seen |= {path.name for path in (folder / place).glob(".*.part")}
        os.kill(handle[1], signal.SIGKILL)
        assert forks.wait(handle).status == -signal.SIGKILL
        sound(folder, whole)
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)  # nor is anything left of what was half-written
