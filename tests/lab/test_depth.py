"""101 convolutions each, counted, and what follows from how they train."""

import pytest
import torch

from tests.lab.tiny import LAB
from textgan.lab import depth
from textgan.lab.lines import settings
from textgan.networks.blocks import Convolution
from textgan.objectives import build_objective
from textgan.training.update import build


def convolutions(network):
    """Layers from the first to the last convolution, the one of kernel 1 at the vocabulary too.

    That one is the generator's last layer and the critic's first. What turns latents into
    positions, and positions into a score, is no convolution and is not counted.
    """
    return sum(isinstance(module, Convolution) for module in network.modules()) + 1


@pytest.mark.parametrize(("named", "layers"), [(depth.DEEP, 101), (depth.SHALLOW, 3)])
def test_the_layers_are_as_many_as_is_said(named, layers):
    wanted = settings(depth.SETTINGS, {"network.blocks": depth.BLOCKS[named]})
    state = build(
        wanted.network, wanted.training, build_objective(wanted.objective),
        vocab=29, length=8, device=torch.device("cpu"),
    )  # fmt: skip
    for network in (state.generator, state.critic):
        assert convolutions(network) == layers
        # Every weight but the biases is one of them, or one of the linear layer at the other end.
        assert sum(p.dim() > 1 for p in network.parameters()) == layers + 1


def pair(gained=0.3, behind=0.0, diverged=False):
    return depth.Pair(gained, behind, diverged)


@pytest.mark.parametrize(
    ("seed", "learned", "trains"),
    [
        (pair(), True, True),
        (pair(behind=-0.2), True, True),
        (pair(behind=0.09), True, True),
        (pair(behind=0.11), True, False),
        (pair(gained=0.11), True, True),
        (pair(gained=0.09), False, False),
        (pair(gained=-0.4), False, False),
        (pair(diverged=True), True, False),
    ],
)
def test_a_seed_trains_where_both_depths_learn(seed, learned, trains):
    assert (seed.learned, seed.trains) == (learned, trains)


GOOD, BAD = [pair(), pair(), pair(behind=0.5)], [pair(), pair(behind=0.5), pair(gained=0.0)]
NOBODY = [pair(gained=0.0)] * 3


@pytest.mark.parametrize(
    ("gan", "clip", "ours", "verdict"),
    [
        (BAD, BAD, GOOD, "holds"),
        (NOBODY, NOBODY, GOOD, "holds"),
        (GOOD, BAD, GOOD, "holds in part"),
        (BAD, GOOD, GOOD, "holds in part"),
        (GOOD, GOOD, BAD, "fails"),
        (NOBODY, NOBODY, NOBODY, "fails"),
    ],
)
def test_the_rule(gan, clip, ours, verdict):
    assert depth.decide({"gan": gan, "wgan-clip": clip, "wgan-gp": ours}) == verdict


def test_where_nothing_learned_the_result_says_undecided():
    depths = {"gan": BAD, "wgan-clip": BAD, "wgan-gp": BAD}
    assert depth.said_of(depths) == (
        "Of 3 seeds, 3 layers learned: gan 2, wgan-clip 2, wgan-gp 2; "
        "101 train as well: gan 1, wgan-clip 1, wgan-gp 1."
    )
    assert depth.said_of(depths | {"wgan-gp": NOBODY}).startswith("Undecided: ")


def test_a_pair_is_of_the_ends_and_of_the_untrained_shallow_networks():
    deep = {"js2": [0.5, 0.9], "last": {"js2": 1.0}, "diverged": True}
    shallow = {"js2": [0.8, 0.7, 0.2], "last": {"js2": 0.2}, "diverged": False}
    assert depth.Pair.of(deep, shallow) == depth.Pair(pytest.approx(0.6), 0.8, True)


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(depth, "STEPS", 1)
    found = depth.EXPERIMENT.run(LAB)
    assert found.verdict == "fails" and found.line.startswith("Undecided: ")  # of one update
    for of in found.figures["runs"].values():
        assert list(of) == list(depth.COMPARED)
        assert of["wgan-gp"][0]["step"] == [0, 1] and not of["wgan-gp"][0]["diverged"]
    assert len(found.picture.axes) == 4
