"""Training runs that the experiments on text follow."""

import math
from dataclasses import replace

import pytest

from tests.lab.tiny import LAB, quiet
from textgan.lab.lines import UNITS, Text, course, evenly, follow, objectives, repeat, settings
from textgan.metrics.evaluate import evaluate
from textgan.objectives import OBJECTIVES

TINY = {
    "network.width": 8,
    "network.blocks": 1,
    "network.latent": 8,
    "training.batch": 8,
}


def tiny(*changes):
    return settings(TINY, *changes)


@pytest.fixture(scope="module")
def text():
    return Text.of(tiny(), samples=200)


def test_the_same_seed_gives_the_same_course_and_another_seed_another():
    once, again = (course(tiny(), (2, 4), quiet) for _ in range(2))
    other = course(tiny({"training.seed": 1}), (2, 4), quiet)
    assert once == again
    assert once.points[-1] != other.points[-1]


def test_every_objective_begins_with_the_same_weights_and_reads_the_same_lines(text):
    first = {}
    for name in ("gan", "wgan-gp"):
        moments = follow(tiny({"objective.name": name}), text, (0, 1), quiet)
        first[name] = text.written(next(moments).state)
    assert first["gan"] == first["wgan-gp"]


def test_samples_are_scored_as_evaluate_scores_them(text):
    for moment in follow(tiny(), text, (3,), quiet):
        lines = text.written(moment.state)
    scored = evaluate(lines, text.corpus.lines("train"), level="char", names=["js"])
    ours = text.js(lines)
    assert len(lines) == 200
    for name in ("js1", "js2", "js3", "js4"):
        assert ours[name] == pytest.approx(scored[name].value, abs=1e-12)


def test_held_out_lines_are_none_of_the_training_lines_and_nearer_than_samples(text):
    assert not set(text.held_out) & set(text.corpus.lines("train"))
    for moment in follow(tiny(), text, (1,), quiet):
        assert text.js(text.held_out)["js2"] < text.js(text.written(moment.state))["js2"]


def test_lines_without_an_n_gram_have_nothing_in_common(text):
    assert text.js(["a", "b"])["js2"] == 1.0


def test_a_moment_stands_at_each_step_and_a_run_ticks_its_units(text):
    ticks = []
    steps = [moment.step for moment in follow(tiny(), text, (0, 2, 7), ticks.append)]
    assert steps == [0, 2, 7]
    assert sum(ticks) == UNITS


def test_terms_are_averaged_over_the_updates_since_the_moment_before(text):
    def terms(at):
        return [m.terms["wasserstein"] for m in follow(tiny(), text, at, quiet)]

    assert terms((4,))[0] == pytest.approx(math.fsum(terms((1, 2, 3, 4))) / 4)


def test_a_run_that_diverges_ends_there_and_has_nothing_in_common_with_text(text):
    ticks = []
    wild = tiny({"training.critic_rate": 1e30, "training.generator_rate": 1e30})
    gone = course(wild, (1, 50), ticks.append)
    assert gone.diverged and len(gone.points) < 2
    assert gone.last("js2") == 1.0
    assert sum(ticks) == UNITS


def test_steps_are_evenly_apart_and_end_with_the_last():
    assert evenly(100, 4) == (25, 50, 75, 100)
    assert evenly(10, 3) == (3, 6, 10)


def test_in_full_every_objective_takes_part_once():
    full = replace(LAB, full=True)
    assert objectives(LAB, "gan", "wgan-gp") == ("gan", "wgan-gp")
    assert objectives(full, "gan", "wgan-gp")[:2] == ("gan", "wgan-gp")
    assert sorted(objectives(full, "gan", "wgan-gp")) == sorted(OBJECTIVES)


def asked(name, seed, extra, tick):
    tick(UNITS)
    return name, seed, extra


def test_results_stand_by_objective_in_the_order_of_seeds():
    found = repeat(replace(LAB, seeds=(3, 1)), asked, ("b", "a"), "x")
    assert found == {"b": [("b", 3, "x"), ("b", 1, "x")], "a": [("a", 3, "x"), ("a", 1, "x")]}
