"""Divergences of each objective beside those of n-gram models."""

import pytest

from tests.lab.tiny import LAB
from textgan.lab import discrete

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
    beside = discrete.references(full=False)
    for order in discrete.JUDGED:
        real, pairs, letters = (beside[name][order] for name in beside)
        assert real < pairs < letters


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(discrete, "STEPS", 1)
    found = discrete.EXPERIMENT.run(LAB)
    assert found.verdict == "fails"  # of one update
    runs = found.figures["runs"]
    assert set(runs) == set(discrete.COMPARED)
    assert set(runs["gan"][0]["js"]) == set(discrete.ORDERS)
    assert len(runs["gan"][0]["lines"]) == discrete.SHOWN
    assert found.picture.axes[0].get_ylabel().endswith("(bits)")
