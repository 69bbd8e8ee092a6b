"""Divergences of each objective beside those of n-gram models."""

import pytest

from tests.lab.tiny import quiet
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


def test_a_run_is_scored_and_shown(monkeypatch):
    monkeypatch.setattr(discrete, "STEPS", 2)
    found = discrete.train("wgan-clip", 1, False, quiet)
    assert set(found["js"]) == set(discrete.ORDERS)
    assert len(found["lines"]) == discrete.SHOWN
    beside = {name: BAR for name in ("a", "b", "c")}
    picture = discrete.draw({"wgan-clip": [found]}, beside)
    assert picture.axes[0].get_ylabel().endswith("(bits)")
