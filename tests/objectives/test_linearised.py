"""The critic's gradients without double backward: equal to those with it."""

import pytest
import torch
from torch import nn

from textgan.networks.abreast import Abreast
from textgan.networks.critic import Critic
from textgan.networks.layout import Apart
from textgan.networks.winograd import POINTS, Winograd
from textgan.objectives import OBJECTIVES, build_objective
from textgan.objectives.linearised import linearised
from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty
from textgan.objectives.phases import double_backward
from textgan.objectives.wgan_gp import wgan_gp
from textgan.training.settings import ObjectiveSettings

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

PENALTIES = [
    None,
    Penalty(10.0),
    Penalty(10.0, one_sided=True),
    Penalty(0.5, target=0.0, at="ends"),
]


def curved(penalty):
    """Losses whose seeds differ from row to row and pair the two kinds of rows."""

    def critic_loss(at_real, at_fake):
        return torch.nn.functional.softplus(at_fake - at_real).mean()

    return Objective(
        "curved", critic_loss, lambda a, b: a.mean(), "c", lambda a, b: a - b, "", penalty
    )


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


@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("head", ["flatten", "mean"])
@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("layout", [Apart, Abreast, Winograd])
def test_equal_to_double_backward_in_float64(layout, head, kernel, penalty, monkeypatch):
    def layout_of(h, weight):
        if layout is Apart or (layout is Winograd and kernel not in POINTS):
            return Apart()  # as on a GPU
        return layout(len(h), h.shape[1], kernel)

    monkeypatch.setattr("textgan.networks.passes.layout_of", layout_of)
    monkeypatch.setattr("textgan.objectives.linearised.together", lambda *_: layout is Apart)
    if layout is Winograd:  # wide networks' signs are bytes
        monkeypatch.setattr("textgan.networks.passes.BYTES", 16)
    critic, real, fake, mix = prepared(head, kernel)
    fast = linearised(curved(penalty), critic, real, fake, mix, torch.float64)
    ours = gradients(critic)
    critic.zero_grad()
    slow = double_backward(curved(penalty), critic, real, fake, mix, torch.float64)
    for a, b in zip(fast, slow, strict=True):
        assert (a is None) == (b is None) == (penalty is None and a is fast[2])
        if a is not None:
            torch.testing.assert_close(a, b)
    for name, expected in gradients(critic).items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-9, atol=1e-12, msg=name)


@pytest.mark.parametrize("head", ["flatten", "mean"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_is_equal_to_double_backward(name, head):
    # Hinge without its normalisation: with it, the general way is taken.
    objective = build_objective(ObjectiveSettings(name))
    critic, real, fake, mix = prepared(head)
    with torch.no_grad():  # scores on both sides of the hinges
        critic.output.weight.mul_(4)
    fast = linearised(objective, critic, real, fake, mix, torch.float64)
    ours = gradients(critic)
    critic.zero_grad()
    slow = double_backward(objective, critic, real, fake, mix, torch.float64)
    torch.testing.assert_close(fast, slow)
    for parameter, expected in gradients(critic).items():
        torch.testing.assert_close(
            ours[parameter], expected, rtol=1e-9, atol=1e-12, msg=f"{name} {parameter}"
        )
    assert any(gradient.abs().max() > 1e-3 for gradient in ours.values())


def test_equal_for_the_papers_network_in_float32():
    torch.manual_seed(0)
    critic = Critic(vocab=40, length=32)
    real, fake = torch.randint(0, 40, (4, 32)), torch.rand(4, 32, 40).softmax(-1)
    mix = torch.rand(4)
    linearised(wgan_gp(), critic, real, fake, mix, torch.float32)
    ours = gradients(critic)
    critic.zero_grad()
    double_backward(wgan_gp(), critic, real, fake, mix, torch.float32)
    expected = gradients(critic)
    # Where terms cancel a gradient is all rounding: the error is held against the largest.
    whole = max(gradient.norm() for gradient in expected.values())
    for name in ours:
        assert (ours[name] - expected[name]).norm() < 2e-6 * whole, name


@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("way", [linearised, double_backward])
def test_generated_symbols_are_their_one_hot_rows(way, penalty):
    critic, real, fake, mix = prepared("mean")
    symbols = fake.argmax(-1)
    rows = nn.functional.one_hot(symbols, critic.vocab).double()
    found = way(curved(penalty), critic, real, symbols, mix, torch.float64)
    ours = gradients(critic)
    critic.zero_grad()
    torch.testing.assert_close(found, way(curved(penalty), critic, real, rows, mix, torch.float64))
    for name, expected in gradients(critic).items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-9, atol=1e-12, msg=name)


def test_a_slope_of_nothing_is_no_nan():
    # The adjoint is zero, and rounding could make its square a little less than that.
    critic, real, fake, mix = prepared("mean")
    with torch.no_grad():
        critic.output.weight.zero_()
    _, _, slopes = linearised(wgan_gp(), critic, real, fake, mix, torch.float64)
    assert slopes is not None and bool((slopes < 1e-5).all())
    assert all(gradient.isfinite().all() for gradient in gradients(critic).values())


def test_gradients_add_up_over_calls():
    critic, real, fake, mix = prepared("mean")
    linearised(wgan_gp(), critic, real, fake, mix, torch.float64)
    once = gradients(critic)
    linearised(wgan_gp(), critic, real, fake, mix, torch.float64)
    for name, twice in gradients(critic).items():
        torch.testing.assert_close(twice, 2 * once[name])


@pytest.mark.parametrize("count", [1, 2])
def test_bfloat16_stays_near_float32(count, threads):
    threads(count)  # with two, rows go together
    critic, real, fake, mix = prepared("mean", width=64, dtype=torch.float32)
    linearised(wgan_gp(), critic, real, fake, mix, torch.bfloat16)
    ours = gradients(critic)
    critic.zero_grad()
    double_backward(wgan_gp(), critic, real, fake, mix, torch.float32)
    for name, expected in gradients(critic).items():
        assert (ours[name] - expected).norm() <= 0.05 * expected.norm() + 1e-3, name


def test_what_goes_in_stays_as_it_was():
    critic, real, fake, mix = prepared("mean")
    before = fake.clone()
    linearised(wgan_gp(1.0), critic, real, fake, mix, fake.dtype)
    assert torch.equal(fake, before)


def test_it_agrees_with_an_independent_reference():
    # Written from the paper's equation 3 with conv1d and one-hot rows, sharing no code with ours.
    torch.manual_seed(0)
    critic = Critic(vocab=5, length=6, width=8, blocks=2, kernel=3, scale=0.3).double()
    real, fake = torch.randint(0, 5, (4, 6)), torch.rand(4, 6, 5).double().softmax(-1)
    mix = torch.rand(4).double()
    weights = {name: p.detach().clone().requires_grad_() for name, p in critic.named_parameters()}

    def score(x):
        h = torch.einsum("blv,wv->bwl", x, weights["input.weight"])
        h = h + weights["input.bias"][:, None]
        for block in range(2):
            inner = h.clamp(min=0)
            for name in ("first", "second"):
                key = f"blocks.{block}.{name}"
                inner = nn.functional.conv1d(
                    inner,
                    weights[key + ".weight"].transpose(1, 2),
                    weights[key + ".bias"],
                    padding=1,
                )
                inner = inner.clamp(min=0) if name == "first" else inner
            h = h + 0.3 * inner
        flat = h.transpose(1, 2).reshape(len(x), -1)
        return flat @ weights["output.weight"][0] + weights["output.bias"]

    one_hot = torch.eye(5).double()[real]
    mixed = (mix[:, None, None] * one_hot + (1 - mix[:, None, None]) * fake).requires_grad_()
    (g,) = torch.autograd.grad(score(mixed).sum(), mixed, create_graph=True)
    penalty = 10 * ((g.reshape(4, -1).norm(dim=1) - 1) ** 2).mean()
    loss = score(fake).mean() - score(one_hot).mean() + penalty
    expected = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    linearised(wgan_gp(), critic, real, fake, mix, torch.float64)
    for (name, parameter), gradient in zip(critic.named_parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-8, atol=1e-10, msg=name)
