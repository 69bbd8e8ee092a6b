"""Estimates against exact distances, compared."""

import pytest

from tests.lab.test_points import TINY
from textgan.lab import earthmover
from textgan.report.style import styled


def test_an_estimate_that_is_right_up_to_a_factor():
    found = earthmover.compare([([1, 2, 4], [0.1, 0.2, 0.4]), ([1, 3], [0.1, 0.3])])
    assert found["rank"] == pytest.approx(1)
    assert found["error"] == pytest.approx(0.9)
    assert found["factor"] == pytest.approx(10)
    assert found["scaled_error"] == pytest.approx(0, abs=1e-12)


def test_the_worst_seed_gives_the_rank_correlation():
    found = earthmover.compare([([1, 2, 4], [1, 2, 4]), ([1, 2, 4], [3, 2, 1])])
    assert found["rank"] == pytest.approx(-1)


def row(rank=1.0, error=0.1, scaled=0.1):
    return {"rank": rank, "error": error, "scaled_error": scaled}


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, (True,) * 6),
        # An estimate up to a factor is all that clipping is asked for, and less than the others.
        ({"wgan-clip": row(error=1.0)}, (True,) * 6),
        ({"wgan-clip": row(scaled=0.3)}, (True, True, True, True, True, False)),
        ({"wgan-gp": row(error=0.3)}, (True, True, True, False, True, True)),
        ({"wgan-lp": row(rank=0.94)}, (True, False, True, True, True, True)),
        (dict.fromkeys(earthmover.OBJECTIVES, row(0.0, 1.0, 1.0)), (False,) * 6),
    ],
)
def test_the_rule(changes, met):
    assert earthmover.conditions(dict.fromkeys(earthmover.OBJECTIVES, row()) | changes) == met


def test_two_neighbours_that_change_places_are_too_many():
    right, wrong = range(6), [0, 1, 2, 3, 5, 4]
    assert earthmover.rank_correlation(right, wrong) < earthmover.ORDERED


def test_rank_correlation_by_hand():
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    assert earthmover.rank_correlation([1, 5, 6, 9], [20, 10, 40, 30]) == pytest.approx(0.6)


def test_the_experiment_at_a_tiny_size(monkeypatch):
    pytest.importorskip("scipy", reason="scipy is not installed")
    monkeypatch.setattr(earthmover, "STEPS", 2)
    with styled():
        finding = earthmover.run(TINY)
    assert len(finding.figures["exact"][1]) == len(earthmover.OFFSETS)
    assert set(finding.figures["compared"]) == set(earthmover.OBJECTIVES)
