"""Updates against a trainer that is written anew: plain, double backward, torch's own Adam."""

import copy
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.nn.functional import linear, one_hot, softplus

from textgan.objectives import build_objective
from textgan.training.draws import noise
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, ObjectiveSettings, TrainingSettings
from textgan.training.update import Lines, build, update

VOCAB, LENGTH, LABELS, BATCH, STEPS, UPDATES, SEED = 5, 6, 4, 70, 2, 3, 8
NETWORK = NetworkSettings(width=6, blocks=2, critic_blocks=1, kernel=3, latent=4, critics=2)
TRAINING = TrainingSettings(
    batch=BATCH, critic_steps=STEPS, seed=SEED, dtype="float64", beta1=0.5, beta2=0.9,
    critic_rate=2e-3, generator_rate=1e-3, average=0.5,
)  # fmt: skip
CLIP = {False: 0.4, True: 0.9}
"""Without labels and with them. Some weights are beyond it, and sums of those at it do not cancel,
where rounding decides."""
GIVEN = {
    "wgan-gp": ObjectiveSettings("wgan-gp", 3.0),
    "wgan-clip": ObjectiveSettings("wgan-clip"),
    "relativistic": ObjectiveSettings("relativistic", 0.7),
    "hinge": ObjectiveSettings("hinge"),
}


def lines(draw, labelled):
    generator = torch.Generator().manual_seed(1000 + draw)
    symbols = torch.randint(0, VOCAB, (BATCH, LENGTH), generator=generator)
    if not labelled:
        return Lines(symbols)
    # The last label has no line, and the first one most.
    return Lines(symbols, symbols[:, 0].clamp(min=2) - 2)


def rows(shape, step, purpose, uniform=False):
    """64 rows are drawn together; the number of the block stands above the purpose."""
    blocks = [
        noise((64, *shape), SEED, step, purpose + block * 2**32, uniform).double()
        for block in range(2)
    ]
    return torch.cat(blocks)[:BATCH]


def beside(rows, labels):
    """Rows of any shape `(batch, …, size)` with the label's one-hot row at the end of each."""
    one = one_hot(labels, LABELS).double().view(len(rows), *[1] * (rows.dim() - 2), LABELS)
    return torch.cat([rows, one.expand(*rows.shape[:-1], LABELS)], -1)


def first_layer(network, rows, labels):
    """An affine layer, of rows with the label beside them where there are labels."""
    layer = network.input
    if labels is None:
        return linear(rows, layer.weight, layer.bias)
    weight = torch.cat([layer.weight, network.label.t()], 1)
    return linear(beside(rows, labels), weight, layer.bias)


def written(generator, z, hard, labels):
    """Probabilities, or the most probable symbols with the gradient of these."""
    h = first_layer(generator, z, labels).view(len(z), LENGTH, -1)
    p = generator.output(generator.blocks(h)).softmax(-1)
    return one_hot(p.argmax(-1), VOCAB) + p - p.detach() if hard else p


def score(critic, x, labels):
    return critic.score(critic.blocks(first_layer(critic, x, labels)))


def slopes(critic, x, labels):
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(critic, x, labels).sum(), x, create_graph=True)
    return (gradient.square().sum((1, 2)) + 1e-12).sqrt()


def critic_loss(name, critic, real, fake, mix, labels):
    if name == "hinge":  # one pass, so that the norm of the weights is estimated once
        both = None if labels is None else torch.cat([labels, labels])
        at_real, at_fake = score(critic, torch.cat([real, fake]), both).chunk(2)
        return (1 - at_real).clamp(min=0).mean() + (1 + at_fake).clamp(min=0).mean()
    at_real, at_fake = score(critic, real, labels), score(critic, fake, labels)
    if name == "relativistic":
        both = sum(slopes(critic, x, labels).square().mean() for x in (real, fake))
        return softplus(at_fake - at_real).mean() + 0.7 * both
    loss = at_fake.mean() - at_real.mean()
    if name == "wgan-gp":
        mixed = mix[:, None, None] * real + (1 - mix[:, None, None]) * fake
        loss = loss + 3.0 * (slopes(critic, mixed, labels) - 1).square().mean()
    return loss


def reference(name, state, hard, labelled):
    """The networks of `state` after `UPDATES`, and the generator's average."""
    generator, critics = copy.deepcopy(state.generator), copy.deepcopy(state.critic)
    average = copy.deepcopy(generator)
    optimise = [
        torch.optim.Adam(network.parameters(), rate, (0.5, 0.9))
        for network, rate in [(generator, 1e-3), *((critic, 2e-3) for critic in critics)]
    ]
    turn = 0
    for step in range(UPDATES):
        for repeat in range(STEPS):
            critic, optimiser = critics[turn % 2], optimise[1 + turn % 2]
            symbols, labels = lines(turn, labelled)
            real = one_hot(symbols, VOCAB).double()
            with torch.no_grad():
                fake = written(generator, rows((4,), step, 2 + 2 * repeat), hard, labels)
            mix = rows((), step, 3 + 2 * repeat, uniform=True)
            optimiser.zero_grad()
            critic_loss(name, critic, real, fake, mix, labels).backward()
            optimiser.step()
            if name == "wgan-clip":
                for weight in critics.parameters():  # the generator faces all of them
                    weight.data.clamp_(-CLIP[labelled], CLIP[labelled])
            turn += 1
        fake = written(generator, rows((4,), step, 2 + 2 * STEPS), hard, labels)
        at_fake = sum(score(critic, fake, labels) for critic in critics) / 2
        loss = -at_fake.mean()
        if name == "relativistic":
            at_real = sum(score(critic, real, labels) for critic in critics) / 2
            loss = softplus(at_real.detach() - at_fake).mean()
        optimise[0].zero_grad()
        loss.backward()
        optimise[0].step()
        kept = min(0.5, (2 + step) / (11 + step))
        for mean, weight in zip(average.parameters(), generator.parameters(), strict=True):
            mean.data.lerp_(weight.data, 1 - kept)
    return generator, critics, average


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("labelled", [False, True])
def test_updates_are_those_of_a_plain_trainer(labelled, name, output):
    wanted = GIVEN[name]
    if name == "wgan-clip":
        wanted = replace(wanted, clip=CLIP[labelled])
    objective = build_objective(wanted)
    state = build(
        replace(NETWORK, output=output), TRAINING, objective,
        vocab=VOCAB, length=LENGTH, device=torch.device("cpu"), labels=LABELS * labelled,
    )  # fmt: skip
    blocks = {key.split(".")[2] for key in state.critic.state_dict() if ".blocks." in key}
    assert blocks == {"0"} and len(state.critic) == 2
    for critic in state.critic:
        normalised = any("parametrizations" in key for key in critic.state_dict())
        assert normalised == (name == "hinge")
    before = copy.deepcopy(state)
    expected = reference(name, before, output == "straight-through", labelled)
    real_lines = partial(lines, labelled=labelled)
    for _ in range(UPDATES):
        update(state, objective, real_lines, TRAINING, torch.float64, Processes())
    for ours, plain in zip((state.generator, state.critic, state.average), expected, strict=True):
        wanted = dict(plain.named_parameters())
        assert any(key.endswith("label") for key in wanted) == labelled
        for key, weight in ours.named_parameters():
            torch.testing.assert_close(weight.data, wanted[key].data, rtol=1e-7, atol=1e-9)


def test_weights_begin_as_the_originals():
    """Uniform, deviation √(gain / (inputs + outputs)): 4 for layers of kernel 1, 2 for others."""
    network = NetworkSettings(width=64, blocks=1, latent=64)
    state = build(
        network, TRAINING, build_objective(GIVEN["wgan-gp"]),
        vocab=64, length=8, device=torch.device("cpu"),
    )  # fmt: skip
    for layer, gain in (
        (state.generator.input, 2), (state.generator.output, 4),
        (state.critic[0].input, 4), (state.critic[0].output, 2),
    ):  # fmt: skip
        assert layer.weight.std().item() == pytest.approx(
            (gain / sum(layer.weight.shape)) ** 0.5, rel=0.15
        )
        assert layer.weight.abs().max() <= (3 * gain / sum(layer.weight.shape)) ** 0.5
