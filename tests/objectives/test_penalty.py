import pytest
import torch
from torch import nn

from textgan.networks.critic import Critic
from textgan.objectives.linearised import linearised
from textgan.objectives.penalty import EPSILON, slope
from textgan.objectives.phases import critic_backward, double_backward
from textgan.objectives.wgan_gp import wgan_gp
from textgan.objectives.wgan_lp import wgan_lp


class LinearCritic(nn.Module):
    """D(x) = <w, x>: its gradient is w everywhere."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, x, dtype=None):
        return (x * self.weight).sum((1, 2))


class SmoothCritic(nn.Module):
    """A small critic with smooth activations: not the fast path's."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x, dtype=None):
        return self.last(torch.tanh(self.first(x))).mean((1, 2))


def batch(dtype=torch.float64):
    torch.manual_seed(0)
    real = torch.randint(0, 3, (5, 2))
    return real, torch.rand(5, 2, 3, dtype=dtype).softmax(-1), torch.rand(5, dtype=dtype)


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("size", [0.2, 3.0])
def test_a_linear_critic_gives_the_closed_form(size, one_sided):
    real, fake, mix = batch()
    weight = torch.randn(2, 3, dtype=torch.float64)
    weight *= size / weight.norm()
    critic = LinearCritic(weight)
    objective = (wgan_lp if one_sided else wgan_gp)(10.0)
    _, _, slopes = double_backward(objective, critic, real, fake, mix, torch.float64)
    torch.testing.assert_close(slopes, torch.full((5,), size, dtype=torch.float64))
    values = fake.mean(0) - nn.functional.one_hot(real, 3).double().mean(0)
    miss = max(size - 1, 0) if one_sided else size - 1
    expected = values + 2 * 10.0 * miss * weight / size
    torch.testing.assert_close(critic.weight.grad, expected)


def test_the_norm_is_one_a_sample_over_positions_and_symbols():
    gradient = torch.zeros(2, 3, 4)
    gradient[0, 0, 0], gradient[0, 2, 3] = 3.0, 4.0
    torch.testing.assert_close(slope(gradient), torch.tensor([5.0, EPSILON**0.5]))
    assert slope(gradient.bfloat16()).dtype is torch.float32


@pytest.mark.parametrize("way", [double_backward, linearised])
def test_finite_where_the_gradient_is_zero(way):
    real, fake, mix = batch(torch.float32)
    critic = Critic(vocab=3, length=2, width=4, blocks=1)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
    way(wgan_gp(), critic, real, fake, mix, torch.float32)
    assert all(torch.isfinite(p.grad).all() for p in critic.parameters())


def test_the_gradient_of_a_smooth_critic_agrees_with_finite_differences():
    real, fake, mix = batch()
    critic = SmoothCritic().double()

    def loss(*parameters):
        names = [name for name, _ in critic.named_parameters()]
        given = dict(zip(names, parameters, strict=True))

        def score(x):
            return torch.func.functional_call(critic, given, (x,))

        one_hot = nn.functional.one_hot(real, 3).double()
        mixed = torch.lerp(fake, one_hot, mix[:, None, None]).requires_grad_()
        (g,) = torch.autograd.grad(score(mixed).sum(), mixed, create_graph=True)
        n = (g.flatten(1).square().sum(1) + 1e-12).sqrt()
        return score(fake).mean() - score(one_hot).mean() + 10 * ((n - 1) ** 2).mean()

    parameters = [p.detach().clone().requires_grad_() for p in critic.parameters()]
    assert torch.autograd.gradcheck(loss, parameters)
    expected = torch.autograd.grad(loss(*parameters), parameters)
    critic_backward(wgan_gp(), critic, real, fake, mix, torch.float64)
    for parameter, gradient in zip(critic.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
