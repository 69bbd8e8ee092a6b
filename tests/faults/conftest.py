"""One parent that forks, and one run that was never stopped."""

import pytest

from tests.faults.folder import OPTIONS
from tests.faults.forks import Forks


@pytest.fixture(scope="session")
def forks(cache, tmp_path_factory):
    parent = Forks(tmp_path_factory.mktemp("forks"))
    yield parent
    parent.close()


@pytest.fixture(scope="session")
def train(forks, names):
    """Arguments of a small training run: `train(folder, steps, …)`."""
    return lambda folder, steps, *more: (
        "train", names, *OPTIONS, "--out", folder, "--steps", steps, *more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def whole(forks, train, tmp_path_factory):
    """A run of ten steps that was never stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    forks.run(*train(folder, 10), check=0)
    return folder
