"""Scores as a table, in the terminal and from Python."""

from textgan.metrics.evaluate import evaluate
from textgan.metrics.table import aligned, figure


def test_columns_stand_under_one_another():
    assert aligned([("a", "b"), ("long", "1"), ("c", "")]) == ["a     b", "long  1", "c"]
    assert figure(0.12345) == "0.1235" and figure(None) == "–"


def test_an_evaluation_prints_as_its_table():
    lines = ["ab", "ba", "aab", "bba"]
    evaluation = evaluate(lines, ["ab", "abba", "bab"], real=["ba", "ab"], names=["js", "unique"])
    head, level, empty, titles, *rows = str(evaluation).splitlines()
    assert head.split() == "scored 4 lines, 3 reference, 2 real".split()
    assert level.split() == "level char, whole lines".split() and not empty
    assert titles.split() == ["score", "value", "95", "%", "from", "to", "real"]
    names = list(evaluation)
    for row, name in zip(rows[: len(names)], names, strict=True):
        found, value, *_ = row.split()
        assert (found, value) == (name, figure(evaluation[name].value))


def test_why_a_score_has_no_value_stands_below():
    evaluation = evaluate(["a"], ["a"], names=["js", "novel"])
    *_, last = str(evaluation).splitlines()
    assert last.startswith("novel") and ": " in last
