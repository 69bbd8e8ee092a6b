"""The charts of training say what each objective's penalty asks for, and no more."""

import pytest

from textgan.cli.main import main
from textgan.objectives import OBJECTIVES, build_objective
from textgan.report.gather import Series, gather
from textgan.report.page import write_report
from textgan.report.style import styled
from textgan.report.training_charts import curve_chart, penalty_chart, slope_chart, training_charts
from textgan.training.settings import ObjectiveSettings

SERIES = Series([50, 100], [2.0, 0.9], [0.1, 0.1])
TOLD = {
    # objective: of the slope, of the penalty
    "wgan-gp": ("pulls it to the target, 1.", "from 1, squared, times the penalty's weight, 10."),
    "wgan-lp": ("leaves it free below", "exceed 1, squared, times the penalty's weight, 10."),
    "relativistic": (
        "at real and at generated text. The penalty pulls it to the target, 0",
        "from 0, squared, times the penalty's weight, 0.5, at real and at generated text together.",
    ),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_slope_and_penalty_are_told_as_they_are(name):
    penalty = build_objective(ObjectiveSettings(name)).penalty
    assert (penalty is not None) == (name in TOLD)
    if penalty is None:
        return
    with styled():
        slope, cost = slope_chart(SERIES, penalty), penalty_chart(SERIES, penalty)
    assert TOLD[name][0] in slope.how and TOLD[name][1] in cost.how
    assert f"dashed line at {penalty.target:g}." in slope.alternative
    (axes,) = slope.figure.axes
    target = next(line for line in axes.lines if line.get_label() == "target")
    assert set(target.get_ydata()) == {penalty.target}


def test_curves_have_names_for_people():
    titles = {}
    with styled():
        for name in OBJECTIVES:
            curve = build_objective(ObjectiveSettings(name)).curve
            titles[curve] = curve_chart(SERIES, curve, "").title
    assert titles == {
        "wasserstein": "Wasserstein estimate",
        "jensen_shannon": "Jensen-Shannon estimate",
        "pair_order": "Pair order",
        "total_variation": "Total variation",
    }


@pytest.mark.parametrize("name", ["gan", "relativistic"])
def test_a_run_is_shown_with_the_charts_of_its_objective(names, tmp_path, name):
    run = tmp_path / "run"
    options = ("--preset", "tiny", "--length", "8", "--threads", "1", "--objective", name)
    assert main(["train", str(names), *options, "--out", str(run)]) == 0
    objective = build_objective(ObjectiveSettings(name))
    with styled():
        charts = [chart.name for chart in training_charts(gather(run), objective)]
    slopes = [] if objective.penalty is None else ["slope", "penalty"]
    assert charts == ["curve", *slopes, "gradients"]
    page = write_report(run, tmp_path / "page.html").page.read_text(encoding="utf-8")
    assert objective.meaning.split(":")[0] in page
    assert ("Slope of the critic" in page) == (objective.penalty is not None)
    assert f"tags: [textgan, gan{', relativistic' if name != 'gan' else ''}]" in (
        run / "model/README.md"
    ).read_text(encoding="utf-8")
