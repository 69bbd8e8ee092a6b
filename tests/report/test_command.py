import argparse
import shlex

import pytest

from textgan.cli.train import add_arguments, flags
from textgan.report.command import repeat_command
from textgan.training.settings import flatten, read_assignments, read_preset, resolve


def read_back(words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args(shlex.split(" ".join(words))[2:])
    preset = read_preset(arguments.preset)
    return resolve(preset, flags(arguments), read_assignments(arguments.sets)), arguments


@pytest.mark.parametrize("preset", ["small", "quickstart", "tiny", "paper"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"training.steps": 7, "training.seed": 3, "network.width": 12},
        {"training.minutes": 2.5, "corpus.column": "a 'b' $c", "corpus.header": True},
        {"training.steps": 9, "training.minutes": 2, "tokenizer.name": "bpe"},
        {"corpus.name": "/a b/<x>;&.txt", "training.dtype": "float32", "corpus.column": "3"},
        {"training.generator_rate": 1e-7, "corpus.encoding": "true"},
    ],
)
def test_the_command_gives_the_same_settings(preset, changes):
    settings = resolve({"corpus.name": "surnames"}, read_preset(preset), changes)
    again, arguments = read_back(repeat_command(settings, "out-again"))
    assert flatten(again) == flatten(settings)
    assert arguments.out == "out-again"


def test_the_default_preset_needs_no_words():
    settings = resolve(read_preset("small"), {"corpus.name": "x", "training.steps": 5})
    assert repeat_command(settings, "y") == ["textgan train x", "--steps 5", "--out y"]


@pytest.mark.parametrize(("name", "weight"), [("wgan-lp", 10.0), ("relativistic", 0.5)])
def test_the_objectives_own_weight_needs_no_words_and_another_does(name, weight):
    common = {"corpus.name": "x", "training.steps": 5, "objective.name": name}
    own = resolve(read_preset("small"), common, {"objective.penalty_weight": weight})
    begin = ["textgan train x", f"--objective {name}"]
    assert repeat_command(own, "y") == [*begin, "--steps 5", "--out y"]
    other = resolve(read_preset("small"), common, {"objective.penalty_weight": 3.0})
    set_weight = "--set objective.penalty_weight=3.0"
    assert repeat_command(other, "y") == [*begin, set_weight, "--steps 5", "--out y"]


@pytest.mark.parametrize(("weight", "said"), [(1.0, False), (7.0, True), (10.0, True)])
def test_a_presets_weight_needs_no_words_and_the_objectives_own_does(weight, said):
    corpus = {"corpus.name": "x", "objective.penalty_weight": weight}
    words = repeat_command(resolve(read_preset("small"), corpus), "y")
    assert (f"--set objective.penalty_weight={weight}" in words) == said
    assert read_back(words)[0].objective.penalty_weight == weight
