"""Lines of each label on the page: the most frequent ones, and any text as text."""

from types import SimpleNamespace

import pytest
import torch

from tests.report import known
from tests.report.conftest import HOSTILE
from tests.report.markup import leaves_the_file, take_apart
from textgan.model import TextGAN
from textgan.networks.generator import Generator
from textgan.report.page import Findings, find, render
from textgan.report.telling import corpus_rows, evaluation
from textgan.report.visible import visible
from textgan.report.written import LABELS, OF_LABEL, of_labels
from textgan.text.tokenizer import Tokenizer

NAMED = [text.replace("\x1b", "") for text in HOSTILE]


def model(labels, facts=None):
    torch.manual_seed(0)
    tokenizer = Tokenizer.train("char", ["abc <&>\"'"])
    shape = {"vocab": tokenizer.vocab_size, "length": 8, "width": 8, "blocks": 1, "latent": 4}
    generator = Generator(**shape, labels=len(labels))
    with torch.no_grad():
        generator.output.weight.mul_(8)
    return TextGAN(tokenizer, generator, facts, labels=labels)


def section(page):
    """The elements of the section, and the text of its first paragraph."""
    begin = next(i for i, e in enumerate(page.elements) if e.attributes.get("id") == "labels")
    rest = page.elements[begin:]
    end = next((i for i, e in enumerate(rest) if e.tag == "section"), len(rest))
    return rest[:end], next(e.text for e in rest if e.tag == "p")


def shown(run, labels):
    return take_apart(render(run, Findings([], None, [], None, None, None, [], labels, [])))


def test_the_most_frequent_labels_are_written_for_each_by_itself():
    counts = {f"k{i}": (i * 7) % 20 for i in range(20)}  # one of them has none
    written = model(counts)
    found = of_labels(written)
    order = sorted(counts, key=lambda label: -counts[label])[:LABELS]
    assert [(label, count) for label, count, _ in found] == [(k, counts[k]) for k in order]
    for label, _, lines in found:
        assert lines == written.sample(OF_LABEL, label=label) and len(lines) == OF_LABEL
    assert [label for label, _, _ in of_labels(model({"a": 0, "b": 2}))] == ["b"]
    assert of_labels(model({})) == []


def test_the_section_tells_label_count_and_lines():
    written = model({"Czech": 1_234, "Dutch": 5}, {"steps": 40})
    run = known.run(model=written)
    page = shown(run, of_labels(written))
    elements, said = section(page)
    assert said.startswith("Lines of each label, with the number of training lines")
    assert [e.text for e in elements if e.tag == "h3"] == ["Czech 1,234", "Dutch 5"]
    lines = [e.text for e in elements if e.tag == "li"]
    expected = [written.sample(6, label=label) for label in ("Czech", "Dutch")]
    assert lines == [visible(line) or "blank" for each in expected for line in each]
    assert "#labels" in [a.attributes.get("href") for a in page.all("a")]


def test_of_many_labels_it_says_how_many_there_are_and_of_an_older_model_when():
    written = model({f"k{i}": i + 1 for i in range(30)}, {"steps": 20})
    _, said = section(shown(known.run(model=written), of_labels(written)))
    assert said.startswith("Lines of the most frequent of 30 labels")
    assert "of the model saved at step 20" in said


@pytest.mark.parametrize("lines", [None, ["x"]])
def test_without_labels_there_is_no_section(lines):
    page = shown(known.run(model=SimpleNamespace(facts={}, labels={})), [])
    assert not [e for e in page.elements if e.attributes.get("id") == "labels"]
    assert "#labels" not in [a.attributes.get("href") for a in page.all("a")]


def test_labels_and_lines_that_mean_harm_are_text():
    labels = {text: i + 1 for i, text in enumerate(NAMED)}
    run = known.run(model=model(labels), summary=known.labelled(labels))
    harm = [(label, count, [*HOSTILE, "", "\x00\x1b[1m"]) for label, count in labels.items()]
    page = shown(run, harm)
    elements, _ = section(page)
    assert [e.text for e in elements if e.tag == "h3"] == [
        f"{visible(label)} {count}" for label, count in labels.items()
    ]
    texts = [e.text for e in elements if e.tag == "li"]
    assert texts == [*map(visible, HOSTILE), "blank", "··[1m"] * len(labels)
    assert leaves_the_file(page) == []
    assert page.all("script", "iframe", "object", "embed", "img", "base", "form") == []
    html = render(run, Findings([], None, [], None, None, None, [], harm, []))
    assert "\x1b" not in html and "\u202e" not in html and "<script>" not in html


def test_labels_of_the_corpus_are_told():
    run = known.run(summary=known.labelled({"b": 1_000, "a <i>": 5_000}))
    rows = dict(corpus_rows(run))
    assert rows["labels"] == "2: a <i> 5,000, b 1,000"
    assert "labels" not in dict(corpus_rows(known.run()))
    page = shown(run, [])
    assert not page.all("i") and "2: a <i> 5,000, b 1,000" in [e.text for e in page.all("td", "dd")]


@pytest.mark.parametrize(
    ("label", "said"),
    [("Czech", "300 samples of the label Czech, each"), ("<b>\x1b", "of the label <b>·, each")],
)
def test_an_evaluation_of_one_label_says_so(label, said):
    run = known.run(evaluation={**known.EVALUATION, "label": label})
    assert evaluation(run).label == label
    (caption,) = [e.text for e in shown(run, []).all("caption") if "textgan evaluate" in e.text]
    assert said in caption


@pytest.mark.parametrize("label", [None, 5, ["x"], {"a": 1}])
def test_an_evaluation_of_no_label_says_nothing(label):
    run = known.run(evaluation={**known.EVALUATION, "label": label})
    assert evaluation(run).label is None
    (caption,) = [e.text for e in shown(run, []).all("caption") if "textgan evaluate" in e.text]
    assert "label" not in caption


def test_what_is_found_of_a_run_has_its_labels():
    written = model({"a": 2, "b": 1})
    found = find(known.run(model=written))
    assert found.labels == of_labels(written)
    assert find(known.run(model=model({}))).labels == []
