"""K processes with a share of the batch each do what one process with the whole batch does."""

import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from textgan.cli.main import main

COMMON = ["--preset", "tiny", "--length", "8", "--set", "training.dtype=float64"]


def start(names, folder, processes, *more):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", "textgan", "train", str(names)]
    command += [*COMMON, "--set", "training.batch=12", "--steps", "20", "--out", str(folder), *more]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def alone(textgan, names, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    textgan("train", names, *COMMON, "--set", "training.batch=12", "--steps", 20, "--threads", 1,
            "--out", folder, check=0)  # fmt: skip
    return folder


@pytest.mark.parametrize("processes", [2, 3])
def test_twenty_steps_equal_one_process(names, alone, tmp_path, processes):
    done = start(names, tmp_path / "run", processes)
    assert done.returncode == 0, done.stderr
    equal(tmp_path / "run", alone)


# One pairs the rows of a batch, the other keeps a state of its own in the critic.
@pytest.mark.parametrize("objective", ["relativistic", "hinge"])
def test_so_they_do_for_other_objectives(names, tmp_path, objective):
    more = ("--objective", objective)
    done = start(names, tmp_path / "run", 2, *more)
    assert done.returncode == 0, done.stderr
    command = ["train", str(names), *COMMON, "--set", "training.batch=12", "--steps", "20"]
    assert main([*command, "--threads", "1", "--out", str(tmp_path / "alone"), *more]) == 0
    equal(tmp_path / "run", tmp_path / "alone")


def equal(run, alone):
    for network in ("generator", "critic", "average"):
        name = f"checkpoints/00000020/{network}.safetensors"
        ours, expected = load_file(run / name), load_file(alone / name)
        for key, value in expected.items():
            assert value.dtype is torch.float64
            torch.testing.assert_close(ours[key], value, rtol=1e-9, atol=1e-9, msg=key)


def test_a_batch_that_does_not_divide_is_refused(names, tmp_path):
    done = start(names, tmp_path / "run", 5)
    assert done.returncode != 0 and "must divide among the 5 processes" in done.stderr
