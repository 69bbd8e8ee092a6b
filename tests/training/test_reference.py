"""Updates against a trainer that is written anew: plain, double backward, torch's own Adam."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import one_hot, softplus

from textgan.objectives import build_objective
from textgan.training.draws import noise
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, ObjectiveSettings, TrainingSettings
from textgan.training.update import build, update

VOCAB, LENGTH, BATCH, STEPS, UPDATES, SEED = 5, 6, 70, 2, 3, 8
NETWORK = NetworkSettings(width=6, blocks=2, critic_blocks=1, kernel=3, latent=4, critics=2)
TRAINING = TrainingSettings(
    batch=BATCH, critic_steps=STEPS, seed=SEED, dtype="float64", beta1=0.5, beta2=0.9,
    critic_rate=2e-3, generator_rate=1e-3, average=0.5,
)  # fmt: skip
CLIP = (
    0.4  # some weights are beyond it, and sums of those at it do not cancel, where rounding decides
)
GIVEN = {
    "wgan-gp": ObjectiveSettings("wgan-gp", 3.0),
    "wgan-clip": ObjectiveSettings("wgan-clip", clip=CLIP),
    "relativistic": ObjectiveSettings("relativistic", 0.7),
    "hinge": ObjectiveSettings("hinge"),
}


def lines(draw):
    generator = torch.Generator().manual_seed(1000 + draw)
    return torch.randint(0, VOCAB, (BATCH, LENGTH), generator=generator)


def rows(shape, step, purpose, uniform=False):
    """64 rows are drawn together; the number of the block stands above the purpose."""
    blocks = [
        noise((64, *shape), SEED, step, purpose + block * 2**32, uniform).double()
        for block in range(2)
    ]
    return torch.cat(blocks)[:BATCH]


def written(generator, z, hard):
    """Probabilities, or the most probable symbols with the gradient of these."""
    p = generator.logits(z).softmax(-1)
    return one_hot(p.argmax(-1), VOCAB) + p - p.detach() if hard else p


def slopes(critic, x):
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.square().sum((1, 2)) + 1e-12).sqrt()


def critic_loss(name, critic, real, fake, mix):
    if name == "hinge":  # one pass, so that the norm of the weights is estimated once
        at_real, at_fake = critic(torch.cat([real, fake])).chunk(2)
        return (1 - at_real).clamp(min=0).mean() + (1 + at_fake).clamp(min=0).mean()
    at_real, at_fake = critic(real), critic(fake)
    if name == "relativistic":
        both = slopes(critic, real).square().mean() + slopes(critic, fake).square().mean()
        return softplus(at_fake - at_real).mean() + 0.7 * both
    loss = at_fake.mean() - at_real.mean()
    if name == "wgan-gp":
        mixed = mix[:, None, None] * real + (1 - mix[:, None, None]) * fake
        loss = loss + 3.0 * (slopes(critic, mixed) - 1).square().mean()
    return loss


def reference(name, state, hard):
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
            real = one_hot(lines(turn), VOCAB).double()
            with torch.no_grad():
                fake = written(generator, rows((4,), step, 2 + 2 * repeat), hard)
            mix = rows((), step, 3 + 2 * repeat, uniform=True)
            optimiser.zero_grad()
            critic_loss(name, critic, real, fake, mix).backward()
            optimiser.step()
            if name == "wgan-clip":
                for weight in critics.parameters():  # the generator faces all of them
                    weight.data.clamp_(-CLIP, CLIP)
            turn += 1
        fake = written(generator, rows((4,), step, 2 + 2 * STEPS), hard)
        score = sum(critic(fake) for critic in critics) / 2
        loss = -score.mean()
        if name == "relativistic":
            at_real = sum(critic(real) for critic in critics) / 2
            loss = softplus(at_real.detach() - score).mean()
        optimise[0].zero_grad()
        loss.backward()
        optimise[0].step()
        kept = min(0.5, (2 + step) / (11 + step))
        for mean, weight in zip(average.parameters(), generator.parameters(), strict=True):
            mean.data.lerp_(weight.data, 1 - kept)
    return generator, critics, average


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
@pytest.mark.parametrize("name", GIVEN)
def test_updates_are_those_of_a_plain_trainer(name, output):
    objective = build_objective(GIVEN[name])
    state = build(
        replace(NETWORK, output=output), TRAINING, objective,
        vocab=VOCAB, length=LENGTH, device=torch.device("cpu"),
    )  # fmt: skip
    blocks = {key.split(".")[2] for key in state.critic.state_dict() if ".blocks." in key}
    assert blocks == {"0"} and len(state.critic) == 2
    for critic in state.critic:
        normalised = any("parametrizations" in key for key in critic.state_dict())
        assert normalised == (name == "hinge")
    before = copy.deepcopy(state)
    expected = reference(name, before, output == "straight-through")
    for _ in range(UPDATES):
        update(state, objective, lines, TRAINING, torch.float64, Processes())
    for ours, plain in zip((state.generator, state.critic, state.average), expected, strict=True):
        wanted = dict(plain.named_parameters())
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
