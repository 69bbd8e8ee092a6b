"""The experiments on points at a tiny size, and what they count."""

import math

import numpy as np
import pytest
import torch

from textgan.lab import clipping, modes, points, vanishing
from textgan.lab.experiment import Lab, judge
from textgan.lab.spread import Workers
from textgan.objectives import OBJECTIVES
from textgan.report.style import styled


def quiet(units):
    pass


def at_once(function, jobs, units):
    """A spread in this process, which holds each job to the ticks that were promised."""
    found = []
    for job in jobs:
        ticked = []
        found.append(function(*job, ticked.append))
        assert sum(ticked) == units
    return found


TINY = Lab(full=False, seeds=(1, 2), spread=at_once)


def threads(tick):
    return torch.get_num_threads(), float(torch.tensor(1e-40) * 1)


def test_a_job_has_one_thread_and_flushes_denormal_numbers():
    assert Workers(quiet, quiet, 1)(threads, [()], 0) == [(1, 0.0)]


def test_judge():
    assert judge(True, True) == "holds"
    assert judge(True, False) == "holds in part"
    assert judge(False, False) == "fails"


@pytest.mark.parametrize("name", points.SETS)
def test_sets_are_the_same_for_the_same_seed_and_within_the_picture(name):
    first, second = (points.SETS[name](500, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == (500, 2)
    assert np.array_equal(first, second)
    assert np.abs(first).max() < clipping.REACH


def test_centres_are_apart():
    for centres in (points.ring(), points.grid()):
        away = np.linalg.norm(centres[:, None] - centres[None], axis=-1)
        assert away[away > 0].min() >= 1
        assert 2 * modes.NEAR < away[away > 0].min()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_trains_a_critic_of_points(name):
    objective = points.objective_of(name)
    critic = points.critic_of(objective, 1, 16, 2)
    random = np.random.default_rng(0)

    def pair():
        real = points.tensor(random.standard_normal((64, 2)))
        return real, real + 4

    points.train_critic(objective, critic, points.training_of(name), pair, 150, quiet)
    real, fake = pair()
    with torch.no_grad():
        assert critic(real).mean() > critic(fake).mean()


def test_the_gradient_of_a_critic_that_is_linear_is_that_of_the_move(monkeypatch):
    """With the best critic, `-x · offset`, norm and cosine are 1."""

    class Best(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.way = torch.nn.Parameter(-torch.tensor(vanishing.OFFSET))

        def forward(self, x, dtype=None):
            return x @ self.way

    monkeypatch.setattr(vanishing, "critic_of", lambda *_: Best())
    monkeypatch.setattr(vanishing, "train_critic", lambda *args: args[-1](1))
    found = vanishing.follow("wgan-gp", 1, [1], quiet)
    assert found["norm"] == [pytest.approx(1, abs=1e-6)]
    assert found["cosine"] == [pytest.approx(1, abs=1e-6)]


def test_moments_rise_from_one_to_the_last():
    at = vanishing.moments(4000)
    assert at[0] == 1 and at[-1] == 4000 and at == sorted(set(at))


def test_vanishing_at_a_tiny_size(monkeypatch):
    monkeypatch.setattr(vanishing, "STEPS", 12)
    monkeypatch.setattr(vanishing, "EVALUATED", 64)
    with styled():
        finding = vanishing.run(TINY)
    assert len(finding.figures["courses"]["gan"][1]["norm"]) == len(finding.figures["steps"])
    assert "12 critic steps" in finding.line


@pytest.mark.parametrize(
    ("last", "expected"), [((0.99, 0.5), True), ((0.9, 0.5), False), ((0.99, 1e-3), False)]
)
def test_what_counts_as_better(last, expected):
    cosine, norm = last
    assert vanishing.better([{"cosine": [0.5, cosine], "norm": [1.0, norm]}]) is expected


def test_gradients_by_layer_of_a_network_worked_out_by_hand():
    critic = points.Perceptron(2, 1, 2, 2)
    with torch.no_grad():
        critic.hidden[0].weight.copy_(torch.eye(2))
        critic.hidden[1].weight.copy_(2 * torch.eye(2))
        critic.output.weight.copy_(torch.tensor([[3.0, 4.0]]))
    steepest, norms = clipping.by_layer(critic, torch.tensor([[1.0, 1.0], [2.0, 5.0]]))
    assert steepest == pytest.approx(10)
    assert norms == [pytest.approx(10), pytest.approx(5)]


def test_clipping_at_a_tiny_size(monkeypatch):
    monkeypatch.setattr(clipping, "STEPS", 3)
    with styled():
        finding = clipping.run(TINY)
    assert set(finding.figures["norms_by_layer"]) == {
        "clip 0.1", "clip 0.01", "clip 0.001", "penalty",
    }  # fmt: skip
    assert len(finding.figures["norms_by_layer"]["penalty"][1]) == clipping.DEEP


def test_coverage_by_hand():
    due = np.array([0.5, 0.25, 0.25])
    whole = modes.coverage([50, 25, 25], due, 200)
    assert (whole.covered, whole.of, whole.kl, whole.on_modes) == (3, 3, 0, 0.5)
    one = modes.coverage([80, 0, 0], due, 100)
    assert (one.covered, one.kl) == (1, pytest.approx(math.log(2)))
    # Two of a hundred are under a tenth of a quarter.
    assert modes.coverage([98, 2, 0], due, 100).covered == 1
    # A generator that is nearly everywhere but on a mode covers none.
    assert modes.coverage([2, 1, 1], due, 100).covered == 0
    none = modes.coverage([0, 0, 0], due, 100)
    assert (none.covered, none.kl, none.on_modes) == (0, pytest.approx(math.log(4)), 0)


def test_words_differ_and_their_weights_sum_to_one():
    assert len({word.tobytes() for word in modes.words()}) == modes.WORDS
    assert modes.weights().sum() == pytest.approx(1)
    assert (np.diff(modes.weights()) < 0).all()


def test_modes_at_a_tiny_size(monkeypatch):
    monkeypatch.setattr(modes, "UPDATES", 12)
    monkeypatch.setattr(modes, "SAMPLED", 100)
    with styled():
        finding = modes.run(Lab(full=False, seeds=(1,), spread=at_once))
    assert set(finding.figures["trained"]) == set(modes.MIXTURES)
    assert len(finding.figures["trained"][modes.STRINGS]["gan"][0]["counts"]) == modes.WORDS


def test_a_generator_that_sits_on_its_centres_covers_them(monkeypatch):
    class Best(torch.nn.Module):
        latent = 1

        def forward(self, z, dtype):
            return points.tensor(points.ring())[torch.arange(len(z)) % 8]

    class Held:
        generator = Best()

    found = modes.count("8 Gaussians", Held, 1).coverage
    assert (found.covered, found.on_modes) == (8, 1)
    assert found.kl == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("away", "share"), [(0.29, 1), (0.31, 0)])
def test_a_sample_is_on_a_mode_within_three_deviations(away, share):
    class Beside(torch.nn.Module):
        latent = 1

        def forward(self, z, dtype):
            return points.tensor(points.ring() + np.array([away, 0]))[torch.arange(len(z)) % 8]

    class Held:
        generator = Beside()

    assert modes.count("8 Gaussians", Held, 1).coverage.on_modes == share
