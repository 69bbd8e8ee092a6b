"""Every objective against figures worked out by hand, and against finite differences."""

import math

import pytest
import torch
from torch import nn

from tests.objectives.critics import LinearCritic, SmoothCritic
from textgan.errors import InputError
from textgan.objectives import OBJECTIVES, build_objective
from textgan.objectives.phases import critic_backward, generator_loss
from textgan.objectives.relativistic import relativistic
from textgan.training.settings import ObjectiveSettings

# The logistic function of log 3 is 3/4, that of -log 3 is 1/4, that of 0 is 1/2.
LOG3 = math.log(3)
REAL, FAKE = (0.0, LOG3), (0.0, -LOG3)

LOSSES = {
    # name: critic's loss, generator's loss, the curve of both pairs
    "gan-minimax": (math.log(64 / 9) / 2, math.log(3 / 8) / 2, (0.0, 1 + math.log2(9 / 16) / 2)),
    "gan": (math.log(64 / 9) / 2, math.log(8) / 2, (0.0, 1 + math.log2(9 / 16) / 2)),
    "wgan-clip": (-LOG3, LOG3 / 2, (0.0, 2 * LOG3)),
    "wgan-gp": (-LOG3, LOG3 / 2, (0.0, 2 * LOG3)),
    "wgan-lp": (-LOG3, LOG3 / 2, (0.0, 2 * LOG3)),
    # softplus of 0 and of -2 log 3 = log 2 and log(10/9); of 0 and of 2 log 3 = log 2 and log 10
    "relativistic": (math.log(20 / 9) / 2, math.log(20) / 2, (0.0, 1 + math.log2(9 / 10))),
    # hinges: 1 and 0 at the real rows, 1 and 0 at the generated ones
    "hinge": (1.0, LOG3 / 2, (0.0, 1.0)),
}

# D(x) = 2 x_1 + x_2 at the real row (1, 0) and the generated row (1/4, 3/4): D = 2 and 5/4, and
# its slope is sqrt(5) everywhere. The gradients by the two weights:
WEIGHT_GRADIENTS = {
    # -s(-2) (1, 0) + s(5/4) (1/4, 3/4)
    "gan-minimax": (0.0751221, 0.5829749),
    "gan": (0.0751221, 0.5829749),
    "wgan-clip": (-0.75, 0.75),
    # and 2 * 10 (sqrt 5 - 1) / sqrt 5 (2, 1)
    "wgan-gp": (21.3614562, 11.8057281),
    "wgan-lp": (21.3614562, 11.8057281),
    # s(-3/4) (-3/4, 3/4), and gamma (2 (2, 1)) for |w|^2 at both ends, gamma 1
    "relativistic": (3.7593840, 2.2406160),
    # the real row is beyond its hinge: only (1/4, 3/4) of the generated one
    "hinge": (0.25, 0.75),
}


def built(name, **settings):
    return build_objective(ObjectiveSettings(name, **settings))


def double(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_losses_and_curve_by_hand(name):
    objective, (critic, generator, curve) = built(name), LOSSES[name]
    assert objective.name == name and objective.meaning.endswith(".")
    real, fake = double(REAL), double(FAKE)
    assert float(objective.critic_loss(real, fake)) == pytest.approx(critic, abs=1e-12)
    assert float(objective.generator_loss(fake, lambda: real)) == pytest.approx(generator)
    torch.testing.assert_close(objective.estimate(real, fake), double(curve))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_critics_gradient_by_hand(name):
    critic = LinearCritic(double([[2.0, 1.0]]))
    real, fake = torch.tensor([[0]]), double([[[0.25, 0.75]]])
    terms = critic_backward(built(name), critic, real, fake, double([0.3]), torch.float64)
    expected = double([WEIGHT_GRADIENTS[name]])
    torch.testing.assert_close(critic.weight.grad, expected, rtol=0, atol=1e-6)
    assert ("penalty" in terms) == (built(name).penalty is not None)


def test_r1_and_r2_of_a_linear_critic_are_gamma_times_its_squared_slope():
    critic = LinearCritic(double([[2.0, 1.0]]))
    real, fake = torch.tensor([[0]]), double([[[0.25, 0.75]]])
    terms = critic_backward(relativistic(0.3), critic, real, fake, double([0.3]), torch.float64)
    assert terms["penalty"].tolist() == pytest.approx([0.3 * 5])
    assert terms["slope"].tolist() == pytest.approx([5**0.5] * 2)


def batch():
    torch.manual_seed(0)
    real = torch.randint(0, 3, (5, 2))
    return real, torch.rand(5, 2, 3, dtype=torch.float64).softmax(-1), torch.rand(5).double()


def whole_loss(objective, critic, real, fake, mix):
    """The critic's loss with its penalty, from the equations in the files' heads."""
    one_hot = nn.functional.one_hot(real, 3).double()
    loss = objective.critic_loss(critic(one_hot), critic(fake)).detach()
    penalty = objective.penalty
    if penalty is None:
        return float(loss)
    weight = mix[:, None, None]
    points = [weight * one_hot + (1 - weight) * fake] if penalty.at == "mixed" else [one_hot, fake]
    for x in points:
        x = x.detach().requires_grad_()
        (g,) = torch.autograd.grad(critic(x).sum(), x)
        n = (g.flatten(1).square().sum(1) + 1e-12).sqrt()
        missed = n - penalty.target
        missed = missed.clamp(min=0) if penalty.one_sided else missed
        loss = loss + penalty.weight * missed.square().mean().detach()
    return float(loss)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_critics_gradient_is_that_of_finite_differences(name):
    objective, (real, fake, mix) = built(name), batch()
    critic = SmoothCritic().double()
    critic_backward(objective, critic, real, fake, mix, torch.float64)
    for parameter in critic.parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for index in range(len(flat)):
            sides = []
            for step in (1e-5, -2e-5):
                flat[index] += step
                sides.append(whole_loss(objective, critic, real, fake, mix))
            flat[index] += 1e-5
            assert float(gradient[index]) == pytest.approx(
                (sides[0] - sides[1]) / 2e-5, rel=1e-5, abs=1e-8
            )


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_generators_gradient_is_that_of_finite_differences(name):
    objective, (real, fake, _) = built(name), batch()
    critic = SmoothCritic().double().requires_grad_(False)
    assert torch.autograd.gradcheck(
        lambda x: generator_loss(objective, critic, real, x, torch.float64)[0],
        fake.requires_grad_(),
    )
    # By hand as far as the critic: what each row's score is multiplied by.
    scores = critic(fake).detach().requires_grad_()
    at_real = critic(real)
    (ours,) = torch.autograd.grad(objective.generator_loss(scores, lambda: at_real), scores)
    s = torch.sigmoid
    expected = {
        "gan-minimax": -s(scores) / 5,
        "gan": -s(-scores) / 5,
        "relativistic": -s(at_real - scores) / 5,
    }
    torch.testing.assert_close(ours, expected.get(name, torch.full_like(scores, -1 / 5)).detach())


def test_the_original_generator_learns_nothing_where_the_critic_is_sure():
    scores = double([-20.0]).requires_grad_()
    sizes = {}
    for name in ("gan-minimax", "gan"):
        loss = built(name).generator_loss(scores, lambda: scores)
        sizes[name] = abs(float(torch.autograd.grad(loss, scores)[0]))
    assert sizes["gan-minimax"] < 1e-8 and sizes["gan"] > 0.999


@pytest.mark.parametrize(
    ("name", "real", "fake", "curve"),
    [
        # Two symbols, real text (3/4, 1/4), generated (1/4, 3/4); the best critic of each.
        # JS = log2 2 - H(1/4): 1 - 0.8112781.
        ("gan", (LOG3, -LOG3), (LOG3, -LOG3), 0.1887219),
        # Pairs: both orders as likely where the symbols are equal; 10/16 of pairs differ, and
        # 9 of those 10 are in their order: 10/16 (1 - H(1/10)).
        ("relativistic", (LOG3, -LOG3), (LOG3, -LOG3), 0.3318778),
        # Total variation: 1/2.
        ("hinge", (1.0, -1.0), (1.0, -1.0), 0.5),
    ],
)
def test_with_the_best_critic_a_curve_is_its_divergence(name, real, fake, curve):
    # Every pair (real symbol, generated symbol) with its probability.
    total = 0.0
    for i, p in enumerate((0.75, 0.25)):
        for j, q in enumerate((0.25, 0.75)):
            estimate = built(name).estimate(double([real[i]]), double([fake[j]]))
            total += p * q * float(estimate[0])
    assert total == pytest.approx(curve, abs=1e-6)


def test_clipping_holds_every_parameter():
    critic = SmoothCritic()
    with torch.no_grad():
        critic.first.bias.fill_(0.0123)
    built("wgan-clip", clip=0.02).constrain(critic)
    assert all(p.abs().max() <= 0.02 for p in critic.parameters())
    assert torch.equal(critic.first.bias, torch.full((4,), 0.0123))
    assert critic.first.weight.abs().max().item() == pytest.approx(0.02)


@pytest.mark.parametrize("name", sorted(set(OBJECTIVES) - {"wgan-clip"}))
def test_a_clip_is_refused_where_nothing_is_clipped(name):
    with pytest.raises(InputError, match=f"objective.clip is 0.1, but {name} clips nothing"):
        build_objective(ObjectiveSettings(name, clip=0.1))


def test_a_penalty_weight_replaces_the_published_one_and_needs_a_penalty():
    assert built("wgan-gp").penalty.weight == built("wgan-lp").penalty.weight == 10
    assert built("relativistic").penalty.weight == 0.5
    changed = built("relativistic", penalty_weight=2.0).penalty
    assert (changed.weight, changed.target, changed.at) == (2.0, 0.0, "ends")
    with pytest.raises(InputError, match=r"penalty_weight is 3, but hinge has no penalty"):
        built("hinge", penalty_weight=3.0)


def test_an_unknown_name_is_told_the_near_ones():
    with pytest.raises(InputError, match=r"unknown objective 'wgan-pg'; did you mean wgan-"):
        built("wgan-pg")
