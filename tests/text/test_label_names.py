"""What is a label, and what is none: of files, cards and models."""

import os

import pytest

from textgan.text import labels
from textgan.text.corpus import find_card, prepare


def test_a_file_whose_name_is_no_text_is_labelled_by_what_is(tmp_path):
    names = "de.txt", os.fsdecode(b"\xff.txt"), "fr.txt"
    for name in names:
        (tmp_path / name).write_text("".join(f"{name[:1]!a} {n}\n" for n in range(30)))
    corpus = prepare(find_card(str(tmp_path), labels="file"))
    assert list(corpus.summary.labels) == ["de", "fr"]
    assert corpus.summary.dropped["without a label"] == 30


def test_what_a_card_says_of_labels_may_be_taken_back(tmp_path):
    (tmp_path / "a.csv").write_text("text,kind\none,x\ntwo,y\n")
    card = tmp_path / "card.toml"
    card.write_text('[source]\nkind = "path"\npath = "a.csv"\n[reading]\nlabels = "kind"\n')
    assert find_card(str(card)).reading.labels == "kind"
    assert find_card(str(card), labels="none").reading.labels is None


@pytest.mark.parametrize(
    ("given", "count", "wrong"),
    [
        ({"a": 1, "b": 0}, 2, None),
        ({}, 0, None),
        ({"a": 1}, 2, "1 are given, and the generator knows 2"),
        ({"a": 0, "b": 0}, 2, "no training line had any"),
        ({"a": -1, "b": 1}, 2, "'a' is -1"),
        ({"a": True, "b": 1}, 2, "'a' is True"),
        ({"a": 1.0, "b": 1}, 2, "'a' is 1.0"),
        ({"a": 2**53, "b": 1}, 2, "'a' is 9007199254740992"),
        ({1: 1, "b": 1}, 2, "1 is no label"),
        ({"": 1, "b": 1}, 2, "'' is no label"),
        ({"a" * 101: 1, "b": 1}, 2, "is no label"),
        ({"a\nb": 1, "b": 1}, 2, "is not a line of text"),
        ({"\ud800": 1, "b": 1}, 2, "is not a line of text"),
        ({"\x9b2J": 1, "b": 1}, 2, "is not a line of text"),
    ],
)
def test_what_is_wrong_with_the_labels_of_a_model(given, count, wrong):
    found = labels.wrong_labels(given, count)
    assert found is None if wrong is None else wrong in found
