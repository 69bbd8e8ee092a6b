"""Gradients of networks that know labels: by passes, by double backward, and by hand."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.objectives.test_linearised import PENALTIES, curved
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.networks.given import StraightThrough
from textgan.networks.layout import Apart
from textgan.objectives import OBJECTIVES, build_objective
from textgan.objectives.hinge import hinge
from textgan.objectives.linearised import linearised
from textgan.objectives.phases import critic_backward, double_backward, generator_loss
from textgan.objectives.wgan_gp import wgan_gp
from textgan.training.settings import ObjectiveSettings

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

VOCAB, LENGTH, WIDTH, LABELS = 11, 12, 16, 6
OF_EACH = torch.tensor([4, 1, 1, 5, 4, 0, 4, 1])
"""Labels of eight lines: some more than once, 2 and 3 of none."""
ABSENT = [2, 3]


def prepared(head="flatten", dtype=torch.float64, **more):
    torch.manual_seed(0)
    shape = {"vocab": VOCAB, "length": LENGTH, "width": WIDTH, "blocks": 3, "scale": 0.7}
    critic = Critic(**shape, head=head, labels=LABELS, **more).to(dtype)
    with torch.no_grad():  # biases away from zero, scores on both sides of the hinges
        for parameter in critic.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
        critic.output.weight.mul_(4)
    real = torch.randint(0, VOCAB, (8, LENGTH))
    fake = torch.rand(8, LENGTH, VOCAB, dtype=dtype).softmax(-1)
    return critic, real, fake, torch.rand(8, dtype=dtype)


def join(monkeypatch, joined):
    """Have the penalty's rows go with the loss's, as on a GPU, or after them."""
    monkeypatch.setattr("textgan.objectives.linearised.together", lambda *_: joined)
    if joined:
        monkeypatch.setattr("textgan.networks.passes.layout_of", lambda *_: Apart())


def taken(network):
    """The gradients, which are then gone."""
    found = {name: p.grad for name, p in network.named_parameters()}
    network.zero_grad(set_to_none=True)
    return found


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys() and "label" in ours
    for name, expected in theirs.items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-9, atol=1e-12, msg=name)


@pytest.mark.parametrize("rows", ["probabilities", "symbols"])
@pytest.mark.parametrize("head", ["flatten", "mean"])
@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("joined", [False, True])
def test_every_objective_by_passes_is_equal_to_double_backward(
    name, head, rows, joined, monkeypatch
):
    join(monkeypatch, joined)
    # Hinge without its normalisation: with it, the general way is taken.
    objective = build_objective(ObjectiveSettings(name))
    critic, real, fake, mix = prepared(head)
    fake = fake.argmax(-1) if rows == "symbols" else fake
    arguments = objective, critic, real, fake, mix, torch.float64, OF_EACH
    fast = linearised(*arguments)
    ours = taken(critic)
    torch.testing.assert_close(fast, double_backward(*arguments))
    assert_equal(ours, taken(critic))
    size = ours["label"].norm(dim=1)
    assert not size[ABSENT].any() and size[[0, 1, 4, 5]].min() > 1e-3


@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("rows", ["probabilities", "symbols"])
def test_every_penalty_is_equal_to_double_backward_for_losses_that_pair_rows(
    penalty, joined, rows, monkeypatch
):
    join(monkeypatch, joined)
    critic, real, fake, mix = prepared("mean")
    fake = fake.argmax(-1) if rows == "symbols" else fake
    arguments = curved(penalty), critic, real, fake, mix, torch.float64, OF_EACH
    fast = linearised(*arguments)
    ours = taken(critic)
    torch.testing.assert_close(fast, double_backward(*arguments))
    assert_equal(ours, taken(critic))


@pytest.mark.parametrize("labels", [torch.zeros(8).long(), torch.arange(8) % LABELS])
def test_one_label_for_all_and_every_label_at_once(labels):
    critic, real, fake, mix = prepared()
    arguments = curved(PENALTIES[1]), critic, real, fake, mix, torch.float64, labels
    linearised(*arguments)
    ours = taken(critic)
    double_backward(*arguments)
    assert_equal(ours, taken(critic))
    assert ours["label"].any(1).sum() == len(labels.unique())


@pytest.mark.parametrize("way", [linearised, double_backward])
@pytest.mark.parametrize("at", ["mixed", "ends"])
def test_a_penalty_gives_a_label_no_gradient_of_its_own(way, at):
    """Where ReLUs keep their signs the slope does not change with what a label adds."""
    critic, real, fake, mix = prepared()
    objective = replace(curved(PENALTIES[1]), critic_loss=lambda a, b: (a - b).sum() * 0)
    objective = replace(objective, penalty=replace(PENALTIES[1], at=at))
    way(objective, critic, real, fake, mix, torch.float64, OF_EACH)
    found = taken(critic)
    assert found["input.weight"].norm() > 1e-2
    assert found["label"] is None or not found["label"].any()


def test_a_label_moves_where_the_penalty_asks():
    """Its vector turns ReLUs on and off: the same rows have other slopes under another label."""
    critic, real, fake, mix = prepared()
    with torch.no_grad():
        critic.label.mul_(5)
    arguments = wgan_gp(), critic, real, fake, mix, torch.float64
    for way in (linearised, double_backward):
        slopes = [way(*arguments, labels)[2] for labels in (OF_EACH, OF_EACH.flip(0), None)]
        changed = OF_EACH != OF_EACH.flip(0)
        assert (slopes[0] - slopes[1])[changed].abs().min() > 1e-6
        assert (slopes[0] - slopes[2]).abs().min() > 1e-6


def test_without_blocks_that_bend_a_labels_gradient_has_a_closed_form():
    """All that a label adds is added to the score: seeds of its rows times the last layer."""
    critic, real, fake, mix = prepared("mean")
    with torch.no_grad():
        for block in critic.blocks:
            block.second.weight.zero_()
    linearised(wgan_gp(), critic, real, fake, mix, torch.float64, OF_EACH)
    found = taken(critic)["label"]
    # -1/8 of each real row and 1/8 of the generated one beside it.
    torch.testing.assert_close(found, torch.zeros_like(found), rtol=0, atol=1e-12)
    objective = replace(wgan_gp(), critic_loss=lambda a, b: (a.sum() + 3 * b.sum()) / 8)
    linearised(objective, critic, real, fake, mix, torch.float64, OF_EACH)
    counts = torch.bincount(OF_EACH, minlength=LABELS)[:, None].double()
    expected = counts / 8 * 4 * critic.output.weight.detach()
    torch.testing.assert_close(taken(critic)["label"], expected)


@pytest.mark.parametrize("joined", [False, True])
def test_gradients_of_labels_add_up_over_calls(joined, monkeypatch):
    join(monkeypatch, joined)
    critic, real, fake, mix = prepared()
    objective = curved(PENALTIES[1])
    linearised(objective, critic, real, fake, mix, torch.float64, OF_EACH)
    once = critic.label.grad.clone()
    linearised(objective, critic, real, fake, mix, torch.float64, OF_EACH)
    torch.testing.assert_close(critic.label.grad, 2 * once)


@pytest.mark.parametrize("count", [1, 2])
def test_in_bfloat16_they_stay_near_float32(count, threads):
    threads(count)  # with two, rows go together
    critic, real, fake, mix = prepared("mean", torch.float32)
    linearised(curved(PENALTIES[1]), critic, real, fake, mix, torch.bfloat16, OF_EACH)
    ours = taken(critic)["label"]
    double_backward(curved(PENALTIES[1]), critic, real, fake, mix, torch.float32, OF_EACH)
    expected = taken(critic)["label"]
    assert ours.dtype is torch.float32 and not torch.equal(ours, expected)
    assert (ours - expected).norm() <= 0.1 * expected.norm()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("name", ["wgan-gp", "relativistic", "hinge"])
def test_an_independent_reference_agrees(name, activation):
    """From one-hot rows of symbol and label, by torch's own modules."""
    critic, real, fake, mix = prepared(activation=activation)
    objective = build_objective(ObjectiveSettings(name))
    parameters = {n: p.detach().clone().requires_grad_() for n, p in critic.named_parameters()}
    bend = torch.relu if activation == "relu" else torch.tanh

    def conv(h, layer):
        weight = parameters[f"{layer}.weight"].transpose(1, 2)
        return nn.functional.conv1d(h, weight, parameters[f"{layer}.bias"], padding=2)

    def score(x):
        beside = torch.eye(LABELS).double()[OF_EACH][:, None].expand(8, LENGTH, LABELS)
        first = torch.cat([parameters["input.weight"], parameters["label"].t()], 1)
        h = torch.cat([x, beside], -1) @ first.t() + parameters["input.bias"]
        h = h.transpose(1, 2)
        for i in range(3):
            inner = conv(bend(conv(bend(h), f"blocks.{i}.first")), f"blocks.{i}.second")
            h = h + 0.7 * inner
        return h.transpose(1, 2).flatten(1) @ parameters["output.weight"][0]

    def slope(x):
        (g,) = torch.autograd.grad(score(x.requires_grad_()).sum(), x, create_graph=True)
        return (g.square().sum((1, 2)) + 1e-12).sqrt()

    rows = torch.eye(VOCAB).double()[real]
    bias = parameters["output.bias"]
    loss = objective.critic_loss(score(rows) + bias, score(fake) + bias)
    if name == "wgan-gp":
        mixed = mix[:, None, None] * rows + (1 - mix[:, None, None]) * fake
        loss = loss + 10 * (slope(mixed) - 1).square().mean()
    if name == "relativistic":
        both = slope(rows).square() + slope(fake.clone()).square()
        loss = loss + 0.5 * both.mean()
    expected = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    critic_backward(objective, critic, real, fake, mix, torch.float64, OF_EACH)
    for (key, found), wanted in zip(taken(critic).items(), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-8, atol=1e-10, msg=key)


def test_a_normalised_critic_learns_its_labels_too():
    critic, real, fake, mix = prepared()
    hinge().prepare(critic)
    critic_backward(hinge(), critic, real, fake, mix, torch.float64, OF_EACH)
    assert critic.label.grad[OF_EACH.unique()].any(1).all()


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_a_generator_learns_what_each_label_asks_for(name, hard, count):
    """The gradient of its label vectors, by an affine layer of latent and one-hot label."""
    objective = build_objective(ObjectiveSettings(name))
    critics = Critics(prepared("mean")[0] for _ in range(count)).requires_grad_(False)
    with torch.no_grad():
        critics[-1].input.weight.add_(0.1)
    real = prepared()[1]
    output = "straight-through" if hard else "softmax"
    shape = {"vocab": VOCAB, "length": LENGTH, "width": 8, "blocks": 1, "latent": 5}
    generator = Generator(**shape, output=output, labels=LABELS).double()
    z = torch.randn(8, 5, dtype=torch.float64)
    given = generator(z, labels=OF_EACH)
    loss, terms = generator_loss(objective, critics, real, given, torch.float64, OF_EACH)
    loss.backward()
    first = torch.cat([generator.input.weight, generator.label.t()], 1).detach().requires_grad_()
    h = torch.cat([z, torch.eye(LABELS).double()[OF_EACH]], 1) @ first.t() + generator.input.bias
    p = generator.output(generator.blocks(h.view(8, LENGTH, 8))).softmax(-1)
    x = nn.functional.one_hot(p.argmax(-1), VOCAB) + p - p.detach() if hard else p
    score = sum(critic(x, labels=OF_EACH) for critic in critics) / count
    at_real = sum(critic(real, labels=OF_EACH) for critic in critics) / count
    torch.testing.assert_close(terms["generator_score"], score.detach())
    expected = objective.generator_loss(score, lambda: at_real)
    torch.testing.assert_close(loss, expected)
    (by_first,) = torch.autograd.grad(expected, first)
    torch.testing.assert_close(generator.input.weight.grad, by_first[:, :5])
    torch.testing.assert_close(generator.label.grad, by_first[:, 5:].t())
    assert not generator.label.grad[ABSENT].any() and generator.label.grad[4].any()
    assert isinstance(given, StraightThrough) == hard
