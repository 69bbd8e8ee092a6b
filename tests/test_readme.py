"""The README's commands are run as they stand, on small numbers where they say minutes."""

import re

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def test_it_opens_with_the_two_commands():
    assert BLOCKS[0].strip() == "pip install . && textgan quickstart"
    assert BLOCKS[1].strip() == "pip install -e '.[test]' && pytest"


def test_ci_runs_the_test_command():
    assert BLOCKS[1].strip() in (ROOT / ".ci/run").read_text()


def test_the_commands_for_your_own_text_run(textgan, names, tmp_path):
    (tmp_path / "names.txt").write_text(names.read_text())
    commands = [line.split()[1:] for line in BLOCKS[2].strip().splitlines()]
    assert [command[0] for command in commands] == ["train", "sample", "evaluate"]
    for command in commands:
        quick = ["--set", "training.steps=20"] if command[0] == "train" else []
        textgan(
            *[("0.05" if word == "5" else word) for word in command], *quick, cwd=tmp_path, check=0
        )


@pytest.mark.parametrize(
    "option", sorted(set(re.findall(r"--[a-z][a-z-]*", README)) - {"--nproc-per-node"})
)
def test_every_option_in_the_readme_stands(textgan, option):
    verbs = ("train", "sample", "evaluate", "compare", "baseline")
    assert any(option in textgan(verb, "--help", check=0).stdout for verb in verbs)


def test_every_file_the_readme_links_stands():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
