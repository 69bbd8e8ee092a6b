"""Divergences of each objective beside those of n-gram models."""

import pytest

from tests.lab.tiny import LAB
from textgan.lab import discrete
from textgan.lab.looks import hatch, look
from textgan.objectives import OBJECTIVES

BAR = {order: 0.5 for order in discrete.ORDERS}


def run(*values):
    return {"js": dict(zip(discrete.ORDERS, values, strict=True))}


GOOD, BAD = run(0.9, 0.4, 0.4, 0.4), run(0.1, 0.4, 0.6, 0.4)


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [([GOOD, GOOD], "holds"), ([GOOD, BAD], "holds in part"), ([BAD, BAD], "fails")],
)
def test_the_rule(runs, verdict):
    assert discrete.decide({"gan": [GOOD], "wgan-gp": runs}, BAR) == verdict


def test_real_lines_are_nearest_and_letters_alone_furthest():
    drawn = discrete.references(full=False)
    assert [len(of) for of in drawn.values()] == [1, discrete.DRAWS, discrete.DRAWS]
    real, pairs, letters = drawn.values()
    for order in discrete.JUDGED:
        assert real[0][order] < min(each[order] for each in pairs)
        assert max(each[order] for each in pairs) < min(each[order] for each in letters)
    # Letters alone have the right letters.
    assert max(each["js1"] for each in letters) < 0.005


def test_the_bar_is_the_median_of_letters_alone(monkeypatch):
    def draws(*values):
        return [dict.fromkeys(discrete.ORDERS, value) for value in values]

    drawn = {"held-out lines": draws(0.0), "letter pairs": draws(0.1)}
    drawn |= {"letters alone": draws(0.2, 0.45, 0.9)}
    monkeypatch.setattr(discrete, "references", lambda full: drawn)
    monkeypatch.setattr(discrete, "repeat", lambda lab, *_: {
        name: [GOOD | {"lines": ["a"]}] for name in discrete.COMPARED
    })  # fmt: skip
    found = discrete.run(LAB)
    assert found.figures["beside"]["letters alone"]["js2"] == 0.45
    assert found.verdict == "holds" and "from 0.200 to 0.900" in found.line


def test_bars_of_one_colour_are_told_apart():
    assert len({(look(name)[0], hatch(name)) for name in OBJECTIVES}) == len(OBJECTIVES)


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(discrete, "STEPS", 1)
    found = discrete.EXPERIMENT.run(LAB)
    assert found.verdict == "fails"  # of one update
    runs = found.figures["runs"]
    assert set(runs) == set(discrete.COMPARED)
    assert set(runs["gan"][0]["js"]) == set(discrete.ORDERS)
    assert len(runs["gan"][0]["lines"]) == discrete.SHOWN
    assert found.picture.axes[0].get_ylabel().endswith("(bits)")
