"""A model with every part, what a payload that ran would leave, and a cache of one's own."""

import pickle

import pytest

from tests.conftest import ROOT
from textgan.model import TextGAN
from textgan.networks.critic import Critic, Critics


@pytest.fixture(scope="session")
def whole_model(tmp_path_factory):
    """The golden model with a critic beside it, saved."""
    folder = tmp_path_factory.mktemp("whole") / "model"
    golden = TextGAN.from_pretrained(ROOT / "tests" / "golden" / "model")
    shape = {"vocab": golden.generator.vocab, "length": golden.generator.length}
    critic = Critic(**shape, width=4, blocks=1, head="mean")
    TextGAN(golden.tokenizer, golden.generator, golden.facts, Critics([critic])).save_pretrained(
        folder
    )
    return folder


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
