"""K processes with a share of the batch each do what one process with the whole batch does."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from textgan.cli.main import main

COMMON = ["--preset", "tiny", "--length", "8", "--set", "training.dtype=float64"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def torchrun(processes, *more):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*command, "--nproc-per-node", str(processes), *map(str, more)]


def finish(command):
    return subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=240, check=False
    )


def training(names, folder):
    options = [*COMMON, "--set", "training.batch=12", "--steps", "20", "--out", folder]
    return ["-m", "textgan", "train", names, *options]


def start(names, folder, processes, *more):
    return finish(torchrun(processes, *training(names, folder), *more))


@pytest.fixture(scope="module")
def alone(textgan, names, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    textgan("train", names, *COMMON, "--set", "training.batch=12", "--steps", 20, "--threads", 1,
            "--out", folder, check=0)  # fmt: skip
    return folder


def same(folder, alone):
    for network in ("generator", "critic", "average"):
        name = f"checkpoints/00000020/{network}.safetensors"
        ours, expected = load_file(folder / name), load_file(alone / name)
        for key, value in expected.items():
            assert value.dtype is torch.float64
            torch.testing.assert_close(ours[key], value, rtol=1e-9, atol=1e-9, msg=key)


@pytest.mark.parametrize("processes", [2, 3])
def test_twenty_steps_equal_one_process(names, alone, tmp_path, processes):
    done = start(names, tmp_path / "run", processes)
    assert done.returncode == 0, done.stderr
    same(tmp_path / "run", alone)
    again = start(names, tmp_path / "run", processes)
    assert again.returncode == 0, again.stderr
    assert "is complete at step 20" in again.stderr


# One pairs the rows of a batch, the other keeps a state of its own in the critic.
@pytest.mark.parametrize("objective", ["relativistic", "hinge"])
def test_so_they_do_for_other_objectives(names, tmp_path, objective):
    done = start(names, tmp_path / "run", 2, "--objective", objective)
    assert done.returncode == 0, done.stderr
    options = ["--objective", objective, "--threads", "1"]
    assert main([*map(str, training(names, tmp_path / "alone")[2:]), *options]) == 0
    same(tmp_path / "run", tmp_path / "alone")


def test_so_they_do_for_lines_with_labels(kinds, tmp_path):
    labels = ["--labels", "kind", "--set", "network.critics=2"]
    done = start(kinds, tmp_path / "run", 2, *labels)
    assert done.returncode == 0, done.stderr
    assert main([*map(str, training(kinds, tmp_path / "alone")[2:]), *labels]) == 0
    same(tmp_path / "run", tmp_path / "alone")
    held = load_file(tmp_path / "run/checkpoints/00000020/critic.safetensors")
    assert held["0.label"].shape[0] == held["1.label"].shape[0] == 3


def children(pid):
    """The processes that a process has begun (Linux)."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers through /proc")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_comes_back_and_the_run_ends_as_if_it_had_lived(
    names, alone, tmp_path, victim
):
    folder = tmp_path / "run"
    often = ["--set", "checkpoint.every=2"]  # killed early, while both have much to do
    often += ["--fresh", "--yes"]  # what is started again is not deleted again
    command = torchrun(2, "--max-restarts", 2, *training(names, folder), *often)
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as run:
        while not (folder / "checkpoints/00000004").exists() and run.poll() is None:
            time.sleep(0.01)
        workers = [
            pid
            for pid in children(run.pid)
            if b"textgan" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(sorted(workers)[victim], signal.SIGKILL)
        _, said = run.communicate(timeout=240)
    assert run.returncode == 0, said
    assert int(re.search(r"from step ([\d,]+)", said)[1].replace(",", "")) >= 4
    same(folder, alone)


def test_processes_begun_anew_meet_although_the_store_remembers_the_dead(tmp_path):
    program = tmp_path / "again.py"
    program.write_text(
        "import os, signal, torch\n"
        "from textgan.training.processes import join\n"
        "processes = join('cpu')\n"
        "while int(os.environ['TORCHELASTIC_RESTART_COUNT']) < 2:\n"
        "    if not processes.first: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    processes.average([torch.ones(3)])\n"
        "processes.wait()\n"
        "print('met again')\n"
    )
    done = finish(torchrun(2, "--max-restarts", 2, program))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("met again") == 2


def test_a_process_that_loses_its_peers_says_so_in_a_line(tmp_path):
    program = tmp_path / "leave.py"
    program.write_text(
        "import os, torch\n"
        "from textgan.errors import WorldError\n"
        "from textgan.training.processes import join\n"
        "processes = join('cpu')\n"
        "processes.wait()\n"
        "if not processes.first: os._exit(0)\n"
        "try:\n"
        "    while True: processes.average([torch.ones(3)])\n"
        "except WorldError as error: print('told:', error)\n"
    )
    done = finish(torchrun(2, program))
    assert "told: another process of this run went away" in done.stdout


def test_gradients_in_float32_equal_those_of_one_process(tmp_path):
    program = str(Path(__file__).with_name("gradients.py"))
    alone = [sys.executable, program, str(tmp_path / "1.safetensors")]
    several = [torchrun(n, program, tmp_path / f"{n}.safetensors") for n in (2, 3)]
    for done in map(finish, [alone, *several]):
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("group left: True") == done.stdout.count("group left") > 0
    whole = load_file(tmp_path / "1.safetensors")
    largest = max(gradient.norm() for gradient in whole.values())
    for processes in (2, 3):
        shared = load_file(tmp_path / f"{processes}.safetensors")
        for name, gradient in whole.items():
            # Where terms cancel a gradient is all rounding: errors stand against the largest.
            assert (shared[name] - gradient).norm() <= 1e-6 * largest, name


def test_samples_come_in_shares_that_make_up_the_whole(finished, textgan, tmp_path):
    sample = ["-m", "textgan", "sample", finished, "--seed", "3", "-n", "1000"]
    done = finish(torchrun(3, *sample, "--format", "jsonl", "--out", tmp_path / "x.jsonl"))
    assert done.returncode == 0, done.stderr
    parts = sorted(tmp_path.iterdir())
    assert [p.name for p in parts] == [f"x-{i:05d}-of-00003.jsonl" for i in range(3)]
    whole = textgan("sample", finished, "--seed", 3, "-n", 1000, "--format", "jsonl", check=0)
    assert "".join(p.read_text(encoding="utf-8") for p in parts) == whole.stdout
    done = finish(torchrun(2, *sample))
    assert done.returncode != 0 and "textgan: sample under torchrun writes" in done.stderr
    assert "textgan/cli" not in done.stderr  # torchrun's own traceback is all there is


def test_a_batch_that_does_not_divide_is_refused(names, tmp_path):
    done = start(names, tmp_path / "run", 2, "--set", "training.batch=11")
    assert done.returncode != 0 and "must divide among the 2 processes" in done.stderr
    assert not (tmp_path / "run").exists()  # so that another batch begins there
