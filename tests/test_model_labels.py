"""A model whose lines have labels: what it writes of each, and what its folder keeps of them."""

import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from textgan.card import LABELS, model_card
from textgan.errors import InputError
from textgan.model import TextGAN
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.sampling.noise import CHUNK, latents_of
from textgan.text.tokenizer import Tokenizer

COUNTS = {"Czech": 30, "Dutch": 0, "a\\\"b' *|`": 50, "Thai ไทย": 20}
TOKENIZER = Tokenizer.train("char", ["abcdefg"])
WIDTH = 8


def generator(labels=4):
    """One whose lines tell the number of their label by their first letter."""
    torch.manual_seed(0)
    shape = {"vocab": TOKENIZER.vocab_size, "length": 8, "width": WIDTH, "blocks": 1, "latent": 4}
    made = Generator(**shape, labels=labels)
    symbols = TOKENIZER.encode_batch(list("abcd"), 1)[:, 0]
    with torch.no_grad():
        made.output.weight.mul_(8)
        made.output.bias[:3] = -1e6
        made.input.bias.normal_(0, 0.1)
        for label in range(labels):
            made.output.weight[symbols[label]].zero_()
            made.output.weight[symbols[label], label] = 50
            at = made.label[label].view(8, WIDTH)[0]
            at.zero_()
            at[label] = 50
    return made


def critics():
    torch.manual_seed(1)
    shape = {"vocab": TOKENIZER.vocab_size, "length": 8, "width": 4, "blocks": 1}
    made = Critics(Critic(**shape, labels=4) for _ in range(2))
    with torch.no_grad():
        for one in made:
            one.label.mul_(5)
    return made


@pytest.fixture(scope="module")
def model():
    return TextGAN(TOKENIZER, generator(), {"corpus": "x"}, critics(), COUNTS)


def firsts(lines):
    return [list(COUNTS)["abcd".index(line[0])] for line in lines]


def everything(model):
    """What it writes in every way."""
    warm = {"temperature": 1.0, "truncation": 0.8, "best_of": 3}
    return (
        model.labels,
        model.sample(CHUNK + 5, seed=3),
        [model.sample(9, seed=3, label=label) for label in ("Czech", "Thai ไทย")],
        model.sample(40, seed=1, **warm),
        model.sample(40, seed=1, label="Czech", **warm),
        list(model.stream(9, best_of=2)),
        model.interpolate(0, 5),
        model.write(torch.zeros(5, 4), "Czech"),
    )


def test_lines_have_the_labels_that_are_told_of_their_numbers(model):
    lines = model.sample(3 * CHUNK, seed=5)
    assert firsts(lines) == model.labels_of(range(3 * CHUNK), 5)
    assert set(firsts(lines)) == {"Czech", "Thai ไทย", "a\\\"b' *|`"}
    assert model.labels_of([700, 3, 700], 5) == [firsts(lines)[i] for i in (700, 3, 700)]
    assert model.labels_of(np.array([3]), 5) == [firsts(lines)[3]]
    assert model.sample(7, seed=5) == lines[:7]
    assert "".join(model.text(300, seed=5)) == "".join(line + "\n" for line in lines[:300])
    several = model.sample(300, seed=5, best_of=3, temperature=1.0)
    assert firsts(several) == firsts(lines)[:300]


def test_all_lines_of_a_label_that_is_asked_for_have_it(model):
    mixed = model.sample(CHUNK + 40, seed=5)
    for label in ("Czech", "Thai ไทย"):
        lines = model.sample(CHUNK + 40, seed=5, label=label)
        assert set(firsts(lines)) == {label}
        own = [i for i, each in enumerate(model.labels_of(range(len(lines)), 5)) if each == label]
        assert own and [lines[i] for i in own] == [mixed[i] for i in own]
        assert "".join(model.text(9, seed=5, label=label)).splitlines() == lines[:9]
        assert next(iter(model.stream(9, seed=5, label=label)))[0] == lines[:9]
        assert next(model.lines(9, seed=5, label=label)) == lines[:9]
        once = model.sample(5, seed=5, temperature=1.0, label=label, unique=True)
        assert len(set(once)) == 5 and set(firsts(once)) == {label}


def test_a_walk_has_one_label_that_of_its_first_end_unless_another_is_asked_for(model):
    lines, labels = model.sample(9, seed=2), model.labels_of(range(9), 2)
    second = next(i for i in range(9) if labels[i] != labels[0])
    walk = model.interpolate(0, second, steps=5, seed=2)
    assert walk[0] == lines[0] and set(firsts(walk)) == {labels[0]}
    asked = model.interpolate(0, second, steps=5, seed=2, label=labels[second])
    assert asked[-1] == lines[second] and set(firsts(asked)) == {labels[second]}


def test_latents_are_written_with_a_label_or_those_of_the_first_samples(model):
    z = latents_of(model.generator, 0, 0)
    assert model.write(z[:50]) == model.sample(50)
    assert model.write(z[:50], "Czech") == model.sample(50, label="Czech")
    assert firsts(model.write(torch.zeros(300, 4))) == model.labels_of(range(300))


def test_a_model_without_labels_is_asked_for_none():
    torch.manual_seed(0)
    plain = TextGAN(TOKENIZER, generator(0))
    assert plain.labels == {} and plain.labels_of([0, 5]) == []
    for asked in (
        lambda: plain.sample(1, label="Czech"),
        lambda: plain.text(1, label="Czech"),
        lambda: plain.interpolate(0, 1, label="Czech"),
        lambda: plain.write(torch.zeros(1, 4), "Czech"),
    ):
        with pytest.raises(InputError, match=r"label is 'Czech' and this model knows none"):
            asked()


def test_a_label_that_no_training_line_had_is_kept_and_refused(model, tmp_path):
    model.save_pretrained(tmp_path)
    for each in (model, TextGAN.from_pretrained(tmp_path)):
        assert each.labels["Dutch"] == 0
        for asked in (each.sample, each.lines, each.stream, each.text):
            with pytest.raises(InputError, match=r"label is 'Dutch', and no training line had it"):
                asked(1, label="Dutch")
        with pytest.raises(InputError, match=r"unknown label 'Dutsh'; did you mean Dutch"):
            each.sample(1, label="Dutsh")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "labels: 0 are given, and the generator knows 4"),
        ({"a": 1}, "labels: 1 are given"),
        (dict.fromkeys("abcde", 1), "labels: 5 are given"),
        ({**COUNTS, "Czech": -1}, "labels: 'Czech' is -1"),
        ({**COUNTS, "Czech": 0.5}, "labels: 'Czech' is 0.5"),
        (dict.fromkeys("abcd", 0), "labels: no training line had any of them"),
        ({"a\nb": 1, "c": 1, "d": 1, "e": 1}, r"labels: 'a\\nb' is not a line of text"),
        ({"\ud800": 1, "c": 1, "d": 1, "e": 1}, r"labels: '\\ud800' is not a line of text"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, words):
    with pytest.raises(InputError, match=words) as caught:
        TextGAN(TOKENIZER, generator(), labels=labels)
    assert "\n" not in str(caught.value)


def test_counts_may_be_integers_of_numpy(tmp_path):
    counts = dict(zip(COUNTS, np.array(list(COUNTS.values())), strict=True))
    TextGAN(TOKENIZER, generator(), labels=counts).save_pretrained(tmp_path)
    assert TextGAN.from_pretrained(tmp_path).labels == COUNTS


@pytest.mark.parametrize("with_critics", [True, False])
def test_a_saved_model_has_its_labels(with_critics, tmp_path):
    saved = TextGAN(TOKENIZER, generator(), {}, critics() if with_critics else None, COUNTS)
    saved.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["labels"] == COUNTS and list(config["labels"]) == list(COUNTS)
    again = TextGAN.from_pretrained(tmp_path)
    assert list(again.labels) == list(COUNTS)
    if with_critics:
        assert everything(again) == everything(saved)
        symbols, labels = torch.randint(3, 9, (9, 8)), torch.arange(9) % 4
        found = again.critic(symbols, labels=labels)
        assert torch.equal(found, saved.critic(symbols, labels=labels))
        assert not torch.allclose(found, again.critic(symbols))
    else:
        assert again.critic is None and again.sample(300) == saved.sample(300)


def test_a_folder_of_before_there_were_labels_is_loaded(tmp_path):
    golden = TextGAN.from_pretrained(ROOT / "tests/golden/model")
    assert golden.labels == {} and golden.generator.labels == 0
    config = json.loads((ROOT / "tests/golden/model/config.json").read_text(encoding="utf-8"))
    assert "labels" not in config
    golden.save_pretrained(tmp_path)
    assert "labels" not in json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert "labels" not in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_writes_the_same(model, copied):
    assert everything(copied(model)) == everything(model)


def test_the_card_names_labels_and_shows_how_to_ask_for_the_most_frequent(model, tmp_path):
    model.save_pretrained(tmp_path)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    row = next(line for line in card.splitlines() if line.startswith("| labels"))
    assert row == "| labels | a\\\\\"b' \\*\\|\\`, Czech, Thai ไทย |"
    block = card.split("```python\n")[1].split("```\n")[0]
    (tmp_path / "go.py").write_text(
        block.replace("PATH_OF_THIS_FOLDER", repr(str(tmp_path))) + "print(lines)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-X", "utf8", str(tmp_path / "go.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr(model.sample(10, seed=0, label="a\\\"b' *|`"))


NASTY = [
    "'", '"', "\\", "\\n", 'a"); import os; ("', "```", "\t", "\u2028", "\u202e", "😀", "{x}",
    "%s", "a\nb\r\x0c", "\x7f", "",
]  # fmt: skip


@pytest.mark.parametrize("label", NASTY)
def test_the_example_of_the_card_is_python_whatever_the_label_is(label):
    sizes = dict.fromkeys(("length", "width", "blocks", "kernel", "latent"), 8)
    card = model_card({"vocab": 9, **sizes, "labels": {"b": 1, label: 2}}, TOKENIZER)
    block = card.split("\n```python\n")[1].split("\n```\n")[0]
    seen = []
    call = block.split("lines = ")[1].replace("textgan.TextGAN.from_pretrained", "open_model")
    code = compile(call.replace("PATH_OF_THIS_FOLDER", "0"), "card", "eval")
    asked = type("", (), {"sample": lambda self, n, **more: seen.append((n, more))})
    eval(code, {"open_model": lambda path: asked()})
    assert seen == [(10, {"seed": 0, "label": label})]
    (row,) = [line for line in card.split("\n") if line.startswith("| labels")]
    assert row.replace("\\|", "").count("|") == 3 and row.isprintable() >= label.isprintable()


def test_the_card_names_the_most_frequent_of_many_labels():
    sizes = dict.fromkeys(("length", "width", "blocks", "kernel", "latent"), 8)
    labels = {f"k{i}": i for i in range(1_500)}
    card = model_card({"vocab": 9, **sizes, "labels": labels}, TOKENIZER)
    first = ", ".join(f"k{i}" for i in range(1_499, 1_499 - LABELS, -1))
    assert f"| labels | {first} and 1,479 more |" in card and 'label="k1499")' in card
    few = model_card({"vocab": 9, **sizes, "labels": {"a": 1, "b": 2}}, TOKENIZER)
    assert "| labels | b, a |" in few
