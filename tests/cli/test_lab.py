"""`textgan lab` as a process."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from textgan.lab.experiments import NAMES, find

LISTING = ["README.md", "figure.png", "result.json"]
FAILING = "curve"
STAND_INS = """
import os, sys
from dataclasses import replace
from matplotlib.figure import Figure
from textgan import errors
from textgan.cli import main
from textgan.lab import experiments
from textgan.lab.experiment import Finding

def run(lab):
    return Finding("holds", "a stand-in", {}, Figure((1, 1)))

def fail(lab):
    kind = os.environ["FAILS"]
    raise (getattr(errors, kind, None) or getattr(__import__("builtins"), kind))("went wrong")

find = experiments.find
failing = os.environ["FAILING"] if "FAILS" in os.environ else ""
experiments.find = lambda name: replace(find(name), run=fail if name == failing else run)
sys.exit(main.main(sys.argv[1:]))
"""


def run_stand_ins(*arguments, env=None):
    """`textgan` where every experiment is done at once; with FAILS, one of them raises that."""
    return subprocess.run(
        [sys.executable, "-c", STAND_INS, *map(str, arguments)], capture_output=True, text=True,
        timeout=300, cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "FAILING": FAILING, **(env or {})},
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(textgan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    return textgan("lab", "distance", cwd=folder, check=0, timeout=300), folder / "lab" / "distance"


def test_an_experiment_writes_the_documented_listing(done):
    said, folder = done
    assert sorted(path.name for path in folder.iterdir()) == LISTING
    assert said.stdout.startswith("distance  holds: ")
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    # Nothing is left beside it.
    assert os.listdir(folder.parent) == ["distance"]


def test_the_result_says_all_that_it_depends_on(done):
    result = json.loads((done[1] / "result.json").read_text(encoding="utf-8"))
    assert list(result) == [
        "name", "claim", "source", "verdict", "line", "measures", "rule", "repetition", "full",
        "seconds", "seeds", "machine", "versions", "figures",
    ]  # fmt: skip
    assert result["verdict"] == "holds" and result["seeds"] == [1, 2, 3]
    assert set(result["versions"]) == {"textgan", "torch", "numpy", "python"}
    assert re.match(r"\d+ cores? of .+, \w+", result["machine"])


def test_the_readme_says_claim_source_verdict_rule_and_command(done):
    text = (done[1] / "README.md").read_text(encoding="utf-8")
    experiment = find("distance")
    for part in (experiment.claim, experiment.source, experiment.rule, experiment.measures):
        assert part in text
    assert "**Here the claim holds.**" in text
    assert "\ntextgan lab distance\n" in text
    assert "![What was measured](figure.png)" in text


def test_the_list_names_every_experiment_with_its_claim(textgan):
    said = textgan("lab", "list", check=0).stdout
    for name in NAMES:
        assert re.search(rf"^{name} ", said, re.M)
        assert find(name).claim in " ".join(said.split())


def test_help_imports_neither_torch_nor_matplotlib(textgan):
    said = textgan("lab", "--help", check=0, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert "--full" in said.stdout
    assert "torch" not in said.stderr and "matplotlib" not in said.stderr


@pytest.mark.parametrize(
    ("name", "near"),
    [("distanc", "did you mean distance"), ("../x", "there are: "), ("", "there are: ")],
)
def test_a_name_that_is_none_gets_one_line(textgan, tmp_path, name, near):
    said = textgan("lab", name, cwd=tmp_path, check=2).stderr
    assert said.count("\n") == 1 and near in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_other_files_is_left_alone(textgan, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    said = textgan("lab", "distance", "--out", tmp_path, check=2).stderr
    assert said == f"textgan: --out {tmp_path}: holds other files (thesis.tex); name a new folder\n"
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_an_out_that_is_a_file_gets_one_line(textgan, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = textgan("lab", "distance", "--out", tmp_path / "file", check=2).stderr
    assert said.count("\n") == 1 and "is no folder" in said
    said = textgan("lab", "all", "--out", tmp_path / "file", check=2).stderr
    assert said.count("\n") == 1 and "is a file; name a folder" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_gets_one_line(textgan, tmp_path):
    tmp_path.chmod(0o500)
    said = textgan("lab", "distance", "--out", tmp_path / "out", check=1).stderr
    assert said.count("\n") == 1 and "Permission denied" in said


def test_all_keeps_what_stands_and_writes_one_page(textgan, done, tmp_path):
    for name in NAMES:
        shutil.copytree(done[1], tmp_path / name)
        result = json.loads((tmp_path / name / "result.json").read_text(encoding="utf-8"))
        (tmp_path / name / "result.json").write_text(json.dumps({**result, "name": name}))
    said = textgan("lab", "all", "--resume", "--out", tmp_path, check=0)
    assert said.stdout == f"{tmp_path / 'index.html'}\n"
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"{name}  {tmp_path / name} stands\n" in said.stderr
        assert f'id="{name}"' in page


def test_what_stands_for_other_settings_is_run_again(textgan, done, tmp_path):
    """With stand-ins for the experiments."""
    for name in ("distance", "modes"):
        shutil.copytree(done[1], tmp_path / name)
    result = json.loads((tmp_path / "modes" / "result.json").read_text(encoding="utf-8"))
    result |= {"name": "modes", "full": True}
    (tmp_path / "modes" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    said = run_stand_ins("lab", "all", "--resume", "--out", tmp_path)
    assert f"distance  {tmp_path / 'distance'} stands\n" in said.stderr
    assert f"modes  {tmp_path / 'modes'} differs (--full): run again\n" in said.stderr
    assert "distance  holds:" not in said.stdout and "modes  holds: a stand-in" in said.stdout


@pytest.mark.parametrize("kind", ["WorldError", "InputError", "OSError", "ValueError"])
def test_one_that_fails_keeps_no_other_from_running(tmp_path, kind):
    said = run_stand_ins("lab", "all", "--out", tmp_path, env={"FAILS": kind})
    assert said.returncode == 1
    assert f"textgan: {FAILING}: " in said.stderr and "went wrong" in said.stderr
    assert ("Traceback" in said.stderr) == (kind == "ValueError")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.search(rf"<li>{FAILING}: .*went wrong</li>", page) and "Traceback" not in page
    assert page.count("data:image/png") == len(NAMES) - 1
    assert said.stdout.endswith(f"{tmp_path / 'index.html'}\n")


def test_all_with_nothing_amiss_ends_with_0(tmp_path):
    assert run_stand_ins("lab", "all", "--out", tmp_path).returncode == 0


def test_all_leaves_a_page_of_the_users_alone(textgan, tmp_path):
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    said = textgan("lab", "all", "--out", tmp_path, check=2).stderr
    assert said.count("\n") == 1 and "index.html that is not the lab's" in said
    assert os.listdir(tmp_path) == ["index.html"]


@pytest.mark.parametrize("option", [("--full",), ("--resume",), ("--out", "x")])
def test_a_list_takes_no_options(textgan, option):
    for verb in (("lab",), ("lab", "list")):
        said = textgan(*verb, *option, check=2).stderr
        assert said.count("\n") == 1 and said.startswith(f"textgan: {option[0]}: ")


def test_resume_is_for_all(textgan):
    assert "--resume" in textgan("lab", "distance", "--resume", check=2).stderr
