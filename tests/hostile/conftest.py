"""What a payload that ran would leave, and a cache of one's own."""

import pickle

import pytest


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def mark(tmp_path):
    """What a payload that ran would leave."""
    path = tmp_path / "mark"
    yield path
    assert not path.exists()


@pytest.fixture
def payload(mark):
    """A pickle that leaves the mark when it is loaded."""

    class Payload:
        def __reduce__(self):
            return (open, (str(mark), "w"))

    return pickle.dumps(Payload())
