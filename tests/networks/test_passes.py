import pytest
import torch

from textgan.networks.critic import Critic
from textgan.objectives.penalty import Penalty, double_backward, wasserstein_backward


def prepared(head, kernel=5, blocks=3, width=16, dtype=torch.float64):
    torch.manual_seed(0)
    critic = Critic(
        vocab=11, length=12, width=width, blocks=blocks, kernel=kernel, scale=0.7, head=head
    ).to(dtype)
    with torch.no_grad():  # biases away from zero, or their absence from the tangent goes unseen
        for parameter in critic.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    real = torch.randint(0, 11, (8, 12))
    fake = torch.rand(8, 12, 11, dtype=dtype).softmax(-1)
    return critic, real, fake, torch.rand(8, dtype=dtype)


def gradients(critic):
    return {name: p.grad.clone() for name, p in critic.named_parameters()}


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("head", ["flatten", "mean"])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_equal_to_double_backward_in_float64(head, kernel, one_sided):
    critic, real, fake, mix = prepared(head, kernel)
    options = (Penalty(10.0, one_sided), torch.float64)
    fast = wasserstein_backward(critic, real, fake, mix, *options)
    ours = gradients(critic)
    critic.zero_grad()
    slow = double_backward(critic, real, fake, mix, *options)
    for a, b in zip(fast, slow, strict=True):
        torch.testing.assert_close(a, b)
    for name, expected in gradients(critic).items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-9, atol=1e-12, msg=name)


def test_equal_for_the_papers_network_in_float32():
    torch.manual_seed(0)
    critic = Critic(vocab=40, length=32)
    real, fake = torch.randint(0, 40, (4, 32)), torch.rand(4, 32, 40).softmax(-1)
    mix = torch.rand(4)
    options = (Penalty(10.0, False), torch.float32)
    wasserstein_backward(critic, real, fake, mix, *options)
    ours = gradients(critic)
    critic.zero_grad()
    double_backward(critic, real, fake, mix, *options)
    expected = gradients(critic)
    # Where terms cancel a gradient is all rounding: the error is held against the largest.
    whole = max(gradient.norm() for gradient in expected.values())
    for name in ours:
        assert (ours[name] - expected[name]).norm() < 2e-6 * whole, name


def test_gradients_add_up_over_calls():
    critic, real, fake, mix = prepared("mean")
    options = (Penalty(10.0, False), torch.float64)
    wasserstein_backward(critic, real, fake, mix, *options)
    once = gradients(critic)
    wasserstein_backward(critic, real, fake, mix, *options)
    for name, twice in gradients(critic).items():
        torch.testing.assert_close(twice, 2 * once[name])


def test_bfloat16_stays_near_float32():
    critic, real, fake, mix = prepared("mean", width=64, dtype=torch.float32)
    wasserstein_backward(critic, real, fake, mix, Penalty(10.0), torch.bfloat16)
    ours = gradients(critic)
    critic.zero_grad()
    double_backward(critic, real, fake, mix, Penalty(10.0), torch.float32)
    for name, expected in gradients(critic).items():
        assert (ours[name] - expected).norm() <= 0.05 * expected.norm() + 1e-3, name


def test_what_goes_in_stays_as_it_was():
    critic, real, fake, mix = prepared("mean")
    before = fake.clone()
    wasserstein_backward(critic, real, fake, mix, Penalty(1.0), fake.dtype)
    assert torch.equal(fake, before)
