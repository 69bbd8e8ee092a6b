"""Every objective through the real command line: it trains, resumes, and its settings stand."""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT
from textgan.cli.main import main
from textgan.cli.train import OBJECTIVE
from textgan.objectives import OBJECTIVES, build_objective
from textgan.training.settings import ObjectiveSettings

RMSPROP = ("--set", "training.optimiser=rmsprop", "--set", "training.critic_steps=2")


def command(names, folder, objective, steps, *more):
    return [
        "train", str(names), "--preset", "tiny", "--length", "8", "--threads", "1",
        "--objective", objective, "--steps", str(steps), "--out", str(folder), *more,
    ]  # fmt: skip


def equal(a, b):
    """Everything saved is the same to the last bit."""
    saved = sorted((a / "checkpoints/00000020").glob("*.safetensors"))
    assert len(saved) == 5
    kept = [path.relative_to(a) for path in saved]
    for name in (*kept, "samples/00000020.txt", "model/model.safetensors"):
        assert (a / name).read_bytes() == (b / name).read_bytes(), name


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_it_trains_and_resumes_bit_for_bit(names, tmp_path, objective):
    more = RMSPROP if objective == "wgan-clip" else ()
    for folder, steps in (("whole", 20), ("parts", 10), ("parts", 20)):
        assert main(command(names, tmp_path / folder, objective, steps, *more)) == 0
    equal(tmp_path / "parts", tmp_path / "whole")
    settings = tomllib.loads((tmp_path / "whole/settings.toml").read_text())
    penalty = build_objective(ObjectiveSettings(objective)).penalty
    assert settings["objective"].get("penalty_weight") == (penalty and penalty.weight)


def test_power_iteration_and_rmsprop_resume_from_process_to_process(textgan, names, tmp_path):
    for folder, steps in (("whole", 20), ("parts", 10), ("parts", 20)):
        textgan(*command(names, tmp_path / folder, "hinge", steps, *RMSPROP), check=0)
    equal(tmp_path / "parts", tmp_path / "whole")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--objective", "wgan-clib"], "unknown objective 'wgan-clib'; did you mean wgan-clip"),
        (["--objective", "foo"], "unknown objective 'foo'; there are: gan, gan-minimax, hinge"),
        (["--objective", "gan", "--set", "objective.penalty_weight=1"], "gan has no penalty"),
        (["--set", "objective.clip=0"], "objective.clip is 0"),
        (["--set", "training.optimiser=rmsporp"], "did you mean rmsprop"),
    ],
)
def test_a_wrong_name_or_number_ends_in_a_line(names, tmp_path, capsys, arguments, words):
    run = tmp_path / "run"
    assert main(["train", str(names), "--preset", "tiny", "--out", str(run), *arguments]) == 2
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1
    assert not run.exists() or not any(run.iterdir())


def test_help_and_the_page_name_every_objective():
    page = (ROOT / "docs/objectives.md").read_text(encoding="utf-8")
    assert set(re.split(", | or ", OBJECTIVE)) == set(OBJECTIVES)
    assert all(f"`{name}`" in page for name in OBJECTIVES)


def test_a_new_objective_is_added_as_the_page_says(names, tmp_path):
    page = (ROOT / "docs/objectives.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```python\n(# textgan/objectives/.*?)```", page, re.DOTALL)
    (change,) = re.findall(r"```diff\n(.*?)```", page, re.DOTALL)
    shutil.copytree(ROOT / "textgan", tmp_path / "textgan")
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    place = written.split("\n")[0].removeprefix("# ")
    assert not (ROOT / place).exists()
    (tmp_path / place).write_text(written, encoding="utf-8")
    registry = tmp_path / "textgan/objectives/__init__.py"
    lines = registry.read_text(encoding="utf-8").split("\n")
    above = ""
    for line in change.strip("\n").split("\n"):
        if line.startswith("+"):
            lines.insert(lines.index(above) + 1, line[1:])
        above = line[1:]
    registry.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "textgan", *command(names, tmp_path / "run", "least-squares", 10)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = (tmp_path / "run/record.jsonl").read_text().splitlines()
    assert any("margin" in json.loads(line).get("terms", {}) for line in record)
    assert "least-squares" in (tmp_path / "run/model/README.md").read_text()
