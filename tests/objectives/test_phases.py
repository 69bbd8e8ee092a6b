"""The one choice between the two ways to the critic's gradients, and the generator's phase."""

import pytest
import torch
from torch.nn.utils.parametrizations import spectral_norm

from textgan.networks.blocks import ACTIVATIONS
from textgan.networks.critic import Critic
from textgan.objectives import phases
from textgan.objectives.wgan_gp import wgan_gp

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def prepared(activation="relu"):
    torch.manual_seed(0)
    shape = {"vocab": 5, "length": 6, "width": 8, "blocks": 2, "kernel": 3}
    critic = Critic(**shape, activation=activation).double()
    real, fake = torch.randint(0, 5, (4, 6)), torch.rand(4, 6, 5).double().softmax(-1)
    return critic, real, fake, torch.rand(4).double()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_any_activation_trains_and_agrees_with_double_backward(activation):
    critic, real, fake, mix = prepared(activation)
    phases.critic_backward(wgan_gp(), critic, real, fake, mix, torch.float64)
    ours = [p.grad.clone() for p in critic.parameters()]
    critic.zero_grad()
    phases.double_backward(wgan_gp(), critic, real, fake, mix, torch.float64)
    for gradient, parameter in zip(ours, critic.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


def test_only_a_plain_critic_of_relus_goes_without_double_backward():
    assert prepared()[0].linear_between_relus()
    assert not prepared("tanh")[0].linear_between_relus()
    for layer in ("input", "output"):
        critic = prepared()[0]
        spectral_norm(getattr(critic, layer))
        assert not critic.linear_between_relus()
    critic = prepared()[0]
    spectral_norm(critic.blocks[1].second)
    assert not critic.linear_between_relus()


def test_real_rows_may_be_values():
    critic, real, fake, mix = prepared("tanh")
    rows = torch.eye(5).double()[real]
    terms = phases.critic_backward(wgan_gp(), critic, rows, fake, mix, torch.float64)
    again = phases.critic_backward(wgan_gp(), critic, real, fake, mix, torch.float64)
    for name, values in terms.items():
        torch.testing.assert_close(values, again[name])


def test_the_generators_phase_scores_real_rows_only_where_asked():
    critic, real, fake, _ = prepared()
    loss, terms = phases.generator_loss(wgan_gp(), critic, real, fake.requires_grad_(), fake.dtype)
    torch.testing.assert_close(loss, -terms["generator_score"].mean())
    loss.backward()
    expected = torch.autograd.grad(-critic(fake).mean(), fake)[0]
    torch.testing.assert_close(fake.grad, expected)
