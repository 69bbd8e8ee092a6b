"""What all tests share: an own cache, and small runs of the real command line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What these do to processes, and see of them, only Linux allows.
collect_ignore = [] if Path("/proc").exists() else ["faults", "hostile"]

# Tests run side by side: each takes one thread, or they would wait for each other's.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A suite that was begun in the background ignores Ctrl-C, and so would every process it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """No test reads or writes the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["TEXTGAN_CACHE"] = str(folder)
    return folder


@pytest.fixture
def unwritten_is_nan():
    """Memory that torch hands out holds NaN until it is written: what reads it first is seen."""
    import torch

    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.empty(1).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def threads():
    """Set the number of threads of this test: `threads(2)`."""
    import torch

    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture
def defaults():
    """Set torch's default type and device for this test: `defaults(torch.float64, "meta")`."""
    import torch

    def set_both(dtype, device):
        torch.set_default_dtype(dtype)
        torch.set_default_device(device)

    yield set_both
    set_both(torch.float32, None)


@pytest.fixture(scope="session")
def textgan():
    """Run the real command line: `textgan("train", "x.txt") -> CompletedProcess`."""

    def run(*arguments, check=None, stdin=None, cwd=None, env=None, timeout=120):
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=cwd,
            env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        )
        if check is not None:
            assert done.returncode == check, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def names(tmp_path_factory):
    """A small text file: made-up names, a line each."""
    heads = "bar cor del fen gal hor jan kel lor mar nor per ras sol tam ver".split()
    tails = "a an ard en ia in is o on us y".split()
    path = tmp_path_factory.mktemp("text") / "names.txt"
    path.write_text("".join(h + t + "\n" for h in heads for t in tails), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def kinds(tmp_path_factory):
    """A small table: made-up names, and of which of three kinds each is."""
    endings = {"a": "a ia ona ea", "b": "an en in on us", 'c "<': "y ty"}
    heads = "bar cor del fen gal hor jan kel lor mar nor per ras sol tam ver".split()
    path = tmp_path_factory.mktemp("text") / "kinds.tsv"
    rows = [f"{h}{t}\t{kind}\n" for h in heads for kind in endings for t in endings[kind].split()]
    path.write_text("".join(["name\tkind\n", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def run_here(names):
    """A tiny run in this process: `run_here(folder, {"training.steps": 3}) -> Outcome`."""
    from textgan.training.settings import read_preset, resolve
    from textgan.training.train import train, undisturbed

    def run(folder, settings, **options):
        common = {"corpus.name": str(names), "corpus.length": 8}
        common |= {"training.threads": 1, "training.device": "cpu"}
        with undisturbed():
            return train(resolve(read_preset("tiny"), common, settings), folder, **options)

    return run


@pytest.fixture(scope="session")
def finished(textgan, names, tmp_path_factory):
    """A finished tiny run."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    options = ("--preset", "tiny", "--length", 8, "--threads", 1)
    textgan("train", names, *options, "--out", folder, check=0)
    return folder
