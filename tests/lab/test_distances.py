"""Exact distances against closed forms."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from textgan.lab.distance import (
    OFFSETS,
    conditions,
    earth_mover,
    jensen_shannon,
    line_of,
    measure,
)


def test_js_of_disjoint_tables_is_log_2():
    assert jensen_shannon(Counter("aab"), Counter("cde")) == pytest.approx(math.log(2), abs=1e-15)


def test_js_of_equal_tables_of_different_totals_is_0():
    assert jensen_shannon(Counter("ab"), Counter("aabb")) == 0


def test_js_by_hand():
    # P = (1/2, 1/2), Q = (1, 0), M = (3/4, 1/4).
    expected = (math.log(2 / 3) / 2 + math.log(2) / 2 + math.log(4 / 3)) / 2
    assert jensen_shannon(Counter("ab"), Counter("a")) == pytest.approx(expected, abs=1e-15)


def test_parallel_lines():
    found = measure(None, OFFSETS, lambda units: None)
    for offset, js, em in zip(OFFSETS, found["js"], found["earth_mover"], strict=True):
        assert js == (pytest.approx(math.log(2), abs=1e-12) if offset else 0)
        assert em == pytest.approx(abs(offset), abs=1e-12)


FLAT = [0.7 if offset else 0.0 for offset in OFFSETS]
AWAY = [abs(offset) for offset in OFFSETS]


@pytest.mark.parametrize(
    ("js", "earth_mover", "met"),
    [
        (FLAT, AWAY, (True, True)),
        (AWAY, AWAY, (False, True)),
        (FLAT, FLAT, (True, False)),
        (AWAY, FLAT, (False, False)),
    ],
)
def test_the_rule(js, earth_mover, met):
    assert conditions({"js": js, "earth_mover": earth_mover}) == met


def cheapest(first, second):
    """By trying every pairing."""
    return min(
        np.linalg.norm(first - second[list(order)], axis=1).mean()
        for order in itertools.permutations(range(len(second)))
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_cheapest_plan_between_lines(seed):
    random = np.random.default_rng(seed)
    first, second = line_of(0, random.random(6)), line_of(0.3 * seed, random.random(6))
    assert earth_mover(first, second) == pytest.approx(cheapest(first, second), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_cheapest_plan_in_the_plane(seed):
    pytest.importorskip("scipy", reason="scipy is not installed")
    from textgan.lab import earthmover

    random = np.random.default_rng(seed)
    first, second = random.random((6, 2)), random.random((6, 2))
    found = earthmover.earth_mover(first, second)
    assert found == pytest.approx(cheapest(first, second), abs=1e-12)


def test_a_moved_copy_is_as_far_as_it_was_moved():
    pytest.importorskip("scipy", reason="scipy is not installed")
    from textgan.lab import earthmover

    points = np.random.default_rng(0).random((50, 2))
    assert earthmover.earth_mover(points, points + np.array([3.0, 4.0])) == pytest.approx(
        5, abs=1e-12
    )


def test_without_scipy_one_line_says_what_to_install(textgan, tmp_path):
    # A folder of that name that holds nothing stands before the installed one.
    (tmp_path / "scipy.py").write_text("raise ModuleNotFoundError('scipy')\n", encoding="utf-8")
    out = tmp_path / "out"
    done = textgan(
        "lab", "earthmover", "--out", out, env={"PYTHONPATH": str(tmp_path)}, check=1, timeout=300
    )
    assert done.stderr == (
        "textgan: the exact distance needs scipy, which is not installed: "
        "pip install 'textgan[lab]'\n"
    )
    assert not out.exists()
    assert not list(tmp_path.glob(".out*"))
