"""The words and tables of the page say the figures of the run, in the right places."""

from types import SimpleNamespace

import pytest

from tests.report import known
from tests.report.markup import take_apart
from textgan.report.page import Findings, render
from textgan.report.style import styled
from textgan.report.sweep import Point, Setting, Sweep
from textgan.report.telling import evaluation, score_rows, tiles
from textgan.report.text_charts import ngram_chart
from textgan.report.written import Nearest

NOTHING = Findings([], None, [], None, None, None, [], [], [])


def rows(page, caption):
    """The cells of the table whose caption begins so."""
    at = next(
        i for i, e in enumerate(page.elements) if e.tag == "caption" and e.text.startswith(caption)
    )
    found = []
    for element in page.elements[at:]:
        if element.tag == "table":
            break
        if element.tag == "tr":
            found.append([])
        if element.tag in ("th", "td"):
            found[-1].append(element.text)
    return found


def test_the_figures_at_the_top():
    assert tiles(known.run()) == [
        ("Steps", "40", "generator updates"),
        ("Training time", "4 min 40 s", "3 steps a second"),
        ("Training lines", "60", "26 different symbols"),
        ("JS-4", "0.400", "real text 0.200"),
        ("Different lines", "60.0\u00a0%", "of the last samples"),
    ]


def test_scores_are_told_first_last_and_real():
    first, last = known.SCORED[0][0], known.SCORED[40][0]
    assert score_rows(known.run()) == [
        ("js4", first, last, 0.2),
        ("unique", pytest.approx(1 - first), pytest.approx(1 - last), None),
    ]
    assert rows(take_apart(render(known.run(), NOTHING)), "Scores while training") == [
        ["score", "first", "last", "real text"],
        ["js4", "0.900", "0.400", "0.200"],
        ["unique", "0.100", "0.600", "–"],
    ]


def test_an_evaluation_is_told_with_its_error_bars_and_its_level():
    run = known.run()
    assert evaluation(run).rows == [
        ("js2", 0.25, 0.125, 0.375, 0.0625),
        ("unique", 0.5, None, None, None),
    ]
    page = take_apart(render(run, NOTHING))
    assert rows(page, "The last textgan evaluate") == [
        ["score", "value", "from", "to", "real text"],
        ["js2", "0.250", "0.125", "0.375", "0.062"],
        ["unique", "0.500", "–", "–", "–"],
    ]


@pytest.mark.parametrize(
    ("level", "said", "other"),
    [("char", "by characters, ", False), ("word", "by words, ", True), ([], "", False)],
)
def test_an_evaluation_at_another_level_says_so(level, said, other):
    run = known.run(evaluation={**known.EVALUATION, "level": level})
    (caption,) = (
        element.text
        for element in take_apart(render(run, NOTHING)).all("caption")
        if "textgan evaluate" in element.text
    )
    assert "300 samples, each the best of 4, against 821 lines of real text" in caption
    assert said in caption and ("by " in caption) == bool(said)
    assert ("The scores while training are by characters." in caption) == other


@pytest.mark.parametrize(("saved", "said"), [(20, True), (40, False), (None, False), ("x", False)])
def test_what_an_older_model_wrote_is_told_as_its(saved, said):
    run = known.run(model=SimpleNamespace(facts={} if saved is None else {"steps": saved}))
    near = Nearest([("anna", "anne", 0.25)], 0.3, None, 1, 60, 60, 0.0, None, 860)
    swept = Sweep([Point(Setting("real"), 5, 0.5, 0.5, 0.5, None)], 4, 5, 6, 7)
    walk = [[("anna", False)]]
    with styled():
        one, other = ngram_chart(["ab"], ["a"], 1, "char"), ngram_chart(["ab"], ["ab"], 2, "char")
        found = Findings([], None, [one], other, swept, near, [walk], [], ["anna"])
        page = take_apart(render(run, found))
    told = [p.text for p in page.all("p") if "of the model saved at step" in p.text]
    assert len(told) == (4 if said else 0)  # beside real text, memory, walks, the sweep
    assert any("The 140 samples that are blank are left out." in p.text for p in page.all("p"))
