import pytest
import torch
from torch import nn

from tests.objectives.critics import LinearCritic
from textgan.networks.critic import Critic
from textgan.objectives.linearised import linearised
from textgan.objectives.penalty import EPSILON, slope
from textgan.objectives.phases import double_backward
from textgan.objectives.wgan_gp import wgan_gp
from textgan.objectives.wgan_lp import wgan_lp


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
