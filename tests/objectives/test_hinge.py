"""Spectral normalisation of our critic: equal to plain torch modules under the same."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from textgan.networks.critic import Critic
from textgan.objectives.hinge import hinge
from textgan.objectives.phases import critic_backward, generator_loss

LENGTH, VOCAB, WIDTH, BLOCKS, KERNEL, SCALE = 6, 5, 8, 2, 3, 0.7


class Plain(nn.Module):
    """The critic from modules of torch, channels before positions."""

    def __init__(self, head):
        super().__init__()
        self.head = head
        self.input = nn.Linear(VOCAB, WIDTH)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    name: nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=KERNEL // 2)
                    for name in ("first", "second")
                }
            )
            for _ in range(BLOCKS)
        )
        self.output = nn.Linear(WIDTH * LENGTH if head == "flatten" else WIDTH, 1)

    def forward(self, x):
        h = self.input(x).transpose(1, 2)
        for block in self.blocks:
            h = h + SCALE * block["second"](torch.relu(block["first"](torch.relu(h))))
        h = h.transpose(1, 2)
        return self.output(h.flatten(1) if self.head == "flatten" else h.mean(1))[:, 0]


def ours_to_theirs(weight):
    """`(outputs, kernel, inputs)` to `(outputs, inputs, kernel)`."""
    return weight.transpose(1, 2) if weight.dim() == 3 else weight


def pair(head):
    """Our normalised critic and a plain one with its weights and its state of power iteration."""
    torch.manual_seed(0)
    critic = Critic(
        vocab=VOCAB, length=LENGTH, width=WIDTH, blocks=BLOCKS, kernel=KERNEL, scale=SCALE,
        head=head,
    )  # fmt: skip
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    hinge().prepare(critic)
    critic.double()
    plain = Plain(head).double()
    modules = dict(plain.named_modules())
    for name, module in critic.named_modules():
        if not hasattr(module, "parametrizations"):
            continue
        theirs = spectral_norm(modules[name])
        norm, own = theirs.parametrizations.weight[0], module.parametrizations.weight[0]
        with torch.no_grad():
            weight = ours_to_theirs(module.parametrizations.weight.original)
            theirs.parametrizations.weight.original.copy_(weight)
            theirs.bias.copy_(module.bias)
            norm._u.copy_(own._u)
            v = own._v.view(1, *module.parametrizations.weight.original.shape[1:])
            norm._v.copy_(ours_to_theirs(v).flatten())
    return critic, plain


def batch():
    real = torch.randint(0, VOCAB, (4, LENGTH))
    return real, torch.rand(4, LENGTH, VOCAB, dtype=torch.float64).softmax(-1)


@pytest.mark.parametrize("head", ["flatten", "mean"])
def test_gradients_equal_those_of_plain_modules(head):
    critic, plain = pair(head)
    real, fake = batch()
    one_hot = torch.eye(VOCAB, dtype=torch.float64)[real]
    # Three steps, or the state that a step leaves to the next goes unseen.
    for _ in range(3):
        critic.zero_grad(), plain.zero_grad()
        critic.requires_grad_(True)
        critic_backward(hinge(), critic, real, fake, torch.rand(4).double(), torch.float64)
        scores = plain(torch.cat([one_hot, fake]))
        (torch.relu(1 - scores[:4]).mean() + torch.relu(1 + scores[4:]).mean()).backward()
        theirs = dict(plain.named_parameters())
        assert theirs.keys() == dict(critic.named_parameters()).keys()
        for name, parameter in critic.named_parameters():
            torch.testing.assert_close(
                ours_to_theirs(parameter.grad), theirs[name].grad, rtol=1e-9, atol=1e-12, msg=name
            )
        critic.requires_grad_(False)
        at, there = fake.clone().requires_grad_(), fake.clone().requires_grad_()
        loss, _ = generator_loss(hinge(), critic, real, at, torch.float64)
        loss.backward()
        (-plain(there).mean()).backward()
        torch.testing.assert_close(at.grad, there.grad, rtol=1e-9, atol=1e-12)
        assert all(parameter.grad is not None for parameter in critic.parameters())


def test_the_norm_is_that_of_the_matrix_of_outputs_by_everything_else():
    critic, _ = pair("mean")
    for _ in range(200):
        critic(batch()[1])
    critic.eval()
    layers = [module for module in critic.modules() if hasattr(module, "parametrizations")]
    assert len(layers) == 2 * BLOCKS + 2  # all of them
    for layer in layers:
        weight, original = layer.weight, layer.parametrizations.weight.original
        norm = torch.linalg.svdvals(original.flatten(1))[0]
        torch.testing.assert_close(weight, original / norm, rtol=1e-6, atol=1e-9)


def test_symbols_score_as_their_one_hot_rows():
    critic, _ = pair("mean")
    real, _ = batch()
    critic.eval()
    torch.testing.assert_close(critic(real), critic(torch.eye(VOCAB, dtype=torch.float64)[real]))
