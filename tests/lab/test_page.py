"""The page of results, and what the driver writes."""

import json
import math

import pytest
from matplotlib.figure import Figure

from tests.report.markup import take_apart
from textgan.errors import InputError
from textgan.lab.driver import check_folder, plain, run_experiment
from textgan.lab.experiment import Experiment, Finding, Lab
from textgan.lab.page import write_page

HOSTILE = "</p><script>alert(1)</script> & \u202e \x1b[2J"


def experiment_of(run, name="distance", text="A claim"):
    return Experiment(name, text, text, text, text, run)


def found(lab, verdict="holds in part", text="a line"):
    return Finding(verdict, text, {"x": [1.0, math.nan]}, Figure())


LAB = Lab(full=True, seeds=(1,), spread=lambda function, jobs, units: [])


def test_a_result_takes_the_place_of_an_earlier_one(tmp_path):
    folder = tmp_path / "distance"
    for text in ("first", "second"):
        run_experiment(experiment_of(lambda lab, t=text: found(lab, text=t)), LAB, folder)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert result["line"] == "second"
    assert result["figures"] == {"x": [1.0, None]}
    assert len(list(folder.iterdir())) == 3
    assert "textgan lab distance --full" in (folder / "README.md").read_text(encoding="utf-8")


def test_an_experiment_that_fails_leaves_the_earlier_result(tmp_path):
    def fail(lab):
        raise InputError("no corpus")

    folder = tmp_path / "distance"
    run_experiment(experiment_of(found), LAB, folder)
    with pytest.raises(InputError, match="no corpus"):
        run_experiment(experiment_of(fail), LAB, folder)
    assert len(list(folder.iterdir())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["distance"]


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(InputError, match="is no folder"):
        check_folder(tmp_path / "link")


def test_numbers_that_json_lacks_become_null():
    assert plain({1: (math.inf, -math.inf, math.nan, 2.5)}) == {"1": [None, None, None, 2.5]}


def test_hostile_text_is_shown_and_does_nothing(tmp_path):
    for name in ("distance", "modes"):
        experiment = experiment_of(lambda lab: found(lab, text=HOSTILE), name, HOSTILE)
        run_experiment(experiment, LAB, tmp_path / name)
    page = write_page(tmp_path, {"clipping": HOSTILE}).read_text(encoding="utf-8")
    take_apart(page)
    assert "<script" not in page and "\x1b" not in page and "\u202e" not in page
    assert page.count('src="data:image/png;base64,') == 2
    assert "What this page lacks" in page


def test_a_failure_hides_an_earlier_result(tmp_path):
    run_experiment(experiment_of(found), LAB, tmp_path / "distance")
    page = write_page(tmp_path, {"distance": "no memory"}).read_text(encoding="utf-8")
    assert "data:image/png" not in page and "no memory" in page


def test_each_verdict_is_said(tmp_path):
    for verdict in ("holds", "holds in part", "fails"):
        experiment = experiment_of(lambda lab, v=verdict: found(lab, v))
        run_experiment(experiment, LAB, tmp_path / "distance")
        assert f"Here the claim {verdict}." in write_page(tmp_path, {}).read_text(encoding="utf-8")
