"""kill -9 at any moment of a training run loses nothing."""

import random
import shutil
import time

import pytest

from tests.faults.folder import same, sound


def kill_again_and_again(forks, train, whole, folder, seed, moments):
    """Kill runs at `moments` moments drawn from `seed`; each run ends as if never stopped."""
    draw = random.Random(seed)
    began = time.monotonic()
    forks.run(*train(folder, 10), check=0)
    life = time.monotonic() - began
    same(folder, whole)
    shutil.rmtree(folder)
    killed = 0
    while killed < moments:
        if not forks.killed(draw.uniform(0, life), *train(folder, 10)):
            same(folder, whole)
            shutil.rmtree(folder)
            continue
        killed += 1
        if folder.exists():
            sound(folder, whole)
        ended = forks.run("sample", folder, "-n", 3, "--threads", 1)
        if ended.status == 0:
            assert ended.out.count("\n") == 3
        else:
            begun = (folder / "settings.toml").exists()
            assert ended.status == 2 and ended.err.count("\n") == 1
            assert ("nothing was saved yet" if begun else "no") in ended.err
            assert not (folder / "checkpoints/00000000").exists()
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def test_between_the_last_state_and_the_removal_of_others(forks, train, whole, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    shutil.copytree(folder / "checkpoints/00000010", folder / "checkpoints/00000001")
    forks.run(*train(folder, 10), check=0)
    same(folder, whole)


def test_ten_random_moments(forks, train, whole, tmp_path):
    kill_again_and_again(forks, train, whole, tmp_path / "run", 0, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_two_hundred_random_moments(forks, train, whole, tmp_path, seed):
    kill_again_and_again(forks, train, whole, tmp_path / "run", seed, 10)
