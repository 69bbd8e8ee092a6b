"""The page of results, and what the driver writes."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.report.markup import take_apart
from textgan.errors import InputError
from textgan.lab.driver import check_folder, differences, plain, run_experiment
from textgan.lab.experiment import Experiment, Finding, Lab
from textgan.lab.page import check_page, write_page

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


@pytest.mark.parametrize("name", ["README.md", "result.json", "figure.png"])
@pytest.mark.parametrize("text", ["# My project", "{}", '{"name": "mine", "verdict": 1}', "[1]"])
def test_files_that_only_bear_the_names_of_a_result_are_left_alone(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"holds other files \({name}\); name a new folder"):
        run_experiment(experiment_of(found), LAB, tmp_path)
    assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_a_result_in_which_a_folder_or_link_bears_a_name_is_left_alone(tmp_path):
    folder = tmp_path / "distance"
    run_experiment(experiment_of(found), LAB, folder)
    (folder / "README.md").unlink()
    (folder / "README.md").mkdir()
    with pytest.raises(InputError, match="holds other files"):
        check_folder(folder)
    (folder / "README.md").rmdir()
    (folder / "README.md").symlink_to(folder / "result.json")
    with pytest.raises(InputError, match="holds other files"):
        check_folder(folder)
    (folder / "README.md").unlink()
    check_folder(folder)


def test_the_working_folder_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for out in (Path("."), tmp_path / "inner", Path(".."), Path("../inner")):
        with pytest.raises(InputError, match="is the working folder"):
            check_folder(out)
    check_folder(Path("new"))


@pytest.mark.parametrize("text", ["<title>My lab</title>", "", None])
def test_a_page_of_the_users_is_left_alone(tmp_path, text):
    page = tmp_path / "index.html"
    if text is None:
        page.mkdir()
    else:
        page.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"holds an index\.html that is not the lab's"):
        check_page(tmp_path)


def test_a_page_of_the_lab_is_replaced(tmp_path):
    check_page(tmp_path)
    write_page(tmp_path, {"distance": HOSTILE})
    check_page(tmp_path)


def test_a_result_stands_where_nothing_differs(tmp_path):
    folder = tmp_path / "distance"
    run_experiment(experiment_of(found), LAB, folder)
    assert differences(folder, "distance", True, (1,)) == ()
    assert differences(folder, "modes", True, (1,)) == ("the experiment",)
    assert differences(folder, "distance", False, (1, 2)) == ("--full", "the seeds")
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    result["versions"]["textgan"] = "0.0.1"
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    assert differences(folder, "distance", True, (1,)) == ("textgan's version",)
    (folder / "figure.png").unlink()
    assert differences(folder, "distance", True, (1,))[-1] == "what is written"
    (folder / "result.json").write_text('{"name": ', encoding="utf-8")
    assert len(differences(folder, "distance", True, (1,))) == 5


def test_what_was_repeated_is_said(tmp_path):
    run_experiment(experiment_of(found), LAB, tmp_path / "distance")
    once = replace(experiment_of(found, "modes"), repetition="Each was drawn once.")
    run_experiment(once, LAB, tmp_path / "modes")
    text = (tmp_path / "modes" / "README.md").read_text(encoding="utf-8")
    assert "Each was drawn once. Seeds: 1." in text and "repeated with" not in text
    page = write_page(tmp_path, {}).read_text(encoding="utf-8")
    assert "Each was drawn once." in page and "it was repeated with each seed." in page


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
