"""Labels of a stranger's model: counts of lines by name, or refused in a line."""

import json
import resource
import shutil

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.hostile.damage import VALUES
from tests.hostile.watch import examples, guarded
from textgan.errors import InputError
from textgan.model import TextGAN
from textgan.model_folder import CONFIG, CRITIC, WEIGHTS
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A model with every part and three labels, saved; and the same without labels."""
    folder = tmp_path_factory.mktemp("labelled")
    golden = TextGAN.from_pretrained(ROOT / "tests/golden/model")
    sizes = {"vocab": golden.generator.vocab, "length": golden.generator.length}
    sizes |= {"width": 8, "blocks": 1}
    for name, labels in (("model", {"a": 3, "b": 0, "c": 5}), ("plain", {})):
        count = len(labels)
        generator = Generator(**sizes, latent=4, labels=count)
        critic = Critics([Critic(**sizes, labels=count)])
        TextGAN(golden.tokenizer, generator, {}, critic, labels).save_pretrained(folder / name)
    return folder


@pytest.fixture
def model(tmp_path, labelled):
    folder = tmp_path / "model"
    shutil.copytree(labelled / "model", folder)
    assert len(TextGAN.from_pretrained(folder).sample(2, best_of=2, label="c")) == 2
    return folder


def change(model, **fields):
    config = json.loads((model / CONFIG).read_text(encoding="utf-8"))
    (model / CONFIG).write_text(json.dumps({**config, **fields}), encoding="utf-8")


MANY = {f"k{i}": 1 for i in range(1_025)}
WRONG = {
    "a list": (["a", "b", "c"], "labels is"),
    "a string": ("abc", "labels is 'abc'"),
    "a number": (3, "labels is 3"),
    "1,025 of them": (MANY, "labels is"),
    "a negative count": ({"a": 3, "b": -1, "c": 5}, "labels: 'b' is -1"),
    "a float": ({"a": 3.0, "b": 0, "c": 5}, r"labels: 'a' is 3\.0"),
    "not a number": ({"a": 3, "b": 0, "c": float("nan")}, "labels: 'c' is nan"),
    "a truth value": ({"a": True, "b": 0, "c": 5}, "labels: 'a' is True"),
    "none": ({"a": None, "b": 0, "c": 5}, "labels: 'a' is None"),
    "a string for a count": ({"a": "3", "b": 0, "c": 5}, "labels: 'a' is '3'"),
    "a count beyond all": ({"a": 2**53, "b": 0, "c": 5}, "labels: 'a' is 9007199254740992"),
    "a count without end": ({"a": 10**400, "b": 0, "c": 5}, "labels: 'a' is 1000"),
    "no line at all": ({"a": 0, "b": 0, "c": 0}, "labels: no training line had any of them"),
    "one fewer": ({"a": 3, "b": 5}, r"model\.safetensors does not fit"),
    "one more": ({"a": 3, "b": 0, "c": 5, "d": 1}, r"model\.safetensors does not fit"),
    "none of them": ({}, r"model\.safetensors does not fit"),
    "null": (None, r"model\.safetensors does not fit"),
    "two lines": ({"a\nb": 3, "b": 0, "c": 5}, r"labels: 'a\\nb' is not a line of text"),
    "what clears a terminal": ({"\x1b[2J": 3, "b": 0, "c": 5}, r"labels: '\\x1b\[2J' is not"),
    "another way to clear it": ({"\x9b2J": 3, "b": 0, "c": 5}, r"labels: '\\x9b2J' is not"),
    "half a surrogate": ({"\ud800": 3, "b": 0, "c": 5}, r"labels: '\\ud800' is not"),
}


@pytest.mark.parametrize("what", WRONG)
def test_labels_that_are_none(model, what):
    labels, words = WRONG[what]
    change(model, labels=labels)
    with pytest.raises(InputError, match=rf"holds a damaged model: .*{words}") as caught:
        TextGAN.from_pretrained(model)
    told = str(caught.value)
    assert "\n" not in told and "\x1b" not in told and len(told) < 400


def test_as_many_labels_as_the_weights_have_rows_are_asked_of_the_critics_too(model, labelled):
    shutil.copy(labelled / "plain" / CRITIC, model / CRITIC)
    with pytest.raises(InputError, match=r"damaged model: critic\.safetensors does not fit"):
        TextGAN.from_pretrained(model)


def test_labels_of_a_model_without_them(labelled, tmp_path):
    shutil.copytree(labelled / "plain", tmp_path / "model")
    change(tmp_path / "model", labels={"a": 1, "b": 2})
    with pytest.raises(InputError, match=r"damaged model: model\.safetensors does not fit"):
        TextGAN.from_pretrained(tmp_path / "model")


def test_what_the_critics_say_of_labels_is_not_heeded(model):
    config = json.loads((model / CONFIG).read_text(encoding="utf-8"))
    for said in (10**12, -1, "x", None):
        change(model, critic=config["critic"] | {"labels": said})
        assert TextGAN.from_pretrained(model).critic[0].label.shape == (3, 8)


def test_labels_of_absurd_vectors_take_no_memory(model):
    change(model, labels={f"k{i}": 1 for i in range(1_024)}, width=16_384, length=65_536)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"model\.safetensors does not fit"):
        TextGAN.from_pretrained(model)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_1024_labels_are_loaded(tmp_path, labelled):
    plain = TextGAN.from_pretrained(labelled / "plain")
    shape = {"vocab": plain.generator.vocab, "length": plain.generator.length, "width": 8}
    labels = dict(list(MANY.items())[:1_024])
    generator = Generator(**shape, blocks=1, latent=4, labels=1_024)
    TextGAN(plain.tokenizer, generator, labels=labels).save_pretrained(tmp_path)
    again = TextGAN.from_pretrained(tmp_path)
    assert again.labels == labels and len(again.sample(3, label="k1023")) == 3


@pytest.mark.parametrize("name", [WEIGHTS, CRITIC])
def test_label_vectors_that_are_no_numbers(model, name):
    from safetensors.torch import load_file, save_file

    tensors = load_file(model / name)
    (key,) = [key for key in tensors if key.endswith("label")]
    tensors[key][1, 0] = torch.nan
    save_file(tensors, model / name)
    with pytest.raises(InputError, match=f"{name} holds a number that is not finite"):
        TextGAN.from_pretrained(model)


NAMES = st.text(max_size=9) | st.sampled_from(["a", "\ud800", "\x1b[2J", "{{7*7}}", "../x", "|`"])
COUNTS = st.integers(0, 9) | VALUES


@given(VALUES | st.dictionaries(NAMES, COUNTS, min_size=3, max_size=3))
@examples(200)
def test_any_labels(tmp_path_factory, labelled, labels):
    folder = tmp_path_factory.getbasetemp() / "fuzzed-labels"
    if not folder.exists():
        shutil.copytree(labelled / "model", folder / "model")
    config = json.loads((labelled / "model" / CONFIG).read_text(encoding="utf-8"))
    (folder / "model" / CONFIG).write_text(json.dumps({**config, "labels": labels}))
    with guarded(folder):
        model = TextGAN.from_pretrained(folder)
        assert len(model.sample(3, best_of=2)) == 3 and len(model.labels) == 3
        for label, count in model.labels.items():
            if count:
                assert len(model.sample(2, label=label)) == 2
        model.save_pretrained(folder / "again")
        assert TextGAN.from_pretrained(folder / "again").labels == model.labels
