"""One update: the same by pieces as whole, and the same by passes as by double backward."""

from dataclasses import replace

import pytest
import torch

from textgan.errors import InputError
from textgan.objectives import build_objective, phases
from textgan.objectives.wgan_gp import wgan_gp
from textgan.training.checkpoint import load_newest, save
from textgan.training.fast import chosen_update
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, ObjectiveSettings, TrainingSettings
from textgan.training.update import Lines, build

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

NETWORK = NetworkSettings(width=8, blocks=2, latent=8)
SEVERAL = replace(NETWORK, critics=3)


def trained(
    steps, dtype=torch.float64, seed=0, network=NETWORK, objective="wgan-gp", device="cpu",
    state=None, **options,
):  # fmt: skip
    """The state after `steps` updates on lines drawn from a seed, and the terms of every one.

    They go on from `state`, where there is one.
    """
    exact = "float64" if dtype is torch.float64 else "float32"
    training = TrainingSettings(batch=12, seed=seed, dtype=exact, **options)
    wanted = build_objective(ObjectiveSettings(objective))
    if state is None:
        state = build(network, training, wanted, vocab=11, length=8, device=torch.device(device))

    def real_lines(draw):
        drawn = torch.Generator().manual_seed(draw)
        # Symbols of unequal weight that repeat, so that there is something to learn.
        lines = (torch.rand(12, 1, generator=drawn) * 4 + torch.arange(8) % 3).long()
        return Lines(lines.to(device))

    carry = chosen_update(training, torch.device(device))
    curve = []
    for _ in range(steps):
        terms = carry(state, wanted, real_lines, training, dtype, Processes())
        # Copied, since a captured update writes over the last one's.
        curve.append({name: values.clone().cpu() for name, values in terms.items()})
    return state, curve


def parameters(state):
    networks = {"generator": state.generator, "critic": state.critic, "average": state.average}
    return {
        f"{kind}.{name}": value
        for kind, network in networks.items()
        for name, value in network.state_dict().items()
    }


@pytest.mark.parametrize("pieces", [2, 3, 12])
def test_a_batch_in_pieces_gives_the_same_update(pieces):
    whole, terms = trained(3)
    parts, terms_of_parts = trained(3, pieces=pieces)
    for name, value in parameters(whole).items():
        torch.testing.assert_close(parameters(parts)[name], value, rtol=1e-9, atol=1e-9, msg=name)
    for name, value in terms[-1].items():
        torch.testing.assert_close(terms_of_parts[-1][name], value, rtol=1e-9, atol=1e-9, msg=name)


def test_pieces_that_do_not_divide_are_refused():
    with pytest.raises(InputError, match=r"batch is 12.*5 pieces \(training.pieces\)"):
        trained(1, pieces=5)


def test_gradients_are_let_go_of_and_their_norms_reported():
    state, terms = trained(1)
    for network in (state.generator, state.critic):
        assert all(p.grad is None for p in network.parameters())
    assert terms[0]["critic_gradient"] > 0 and terms[0]["generator_gradient"] > 0


def test_critics_learn_in_turn():
    before, _ = trained(0, network=SEVERAL)
    assert len({tuple(critic.input.weight.flatten().tolist()) for critic in before.critic}) == 3
    for steps, taught in ((1, {0}), (2, {0, 1}), (4, {0, 1, 2})):
        state, _ = trained(steps, network=SEVERAL)
        moved = [
            not torch.equal(now.input.weight, then.input.weight)
            for now, then in zip(state.critic, before.critic, strict=True)
        ]
        assert moved == [i in taught for i in range(3)]
    # Critic steps count, not updates.
    state, _ = trained(1, network=SEVERAL, critic_steps=2)
    assert torch.equal(state.critic[2].input.weight, before.critic[2].input.weight)
    assert not torch.equal(state.critic[1].input.weight, before.critic[1].input.weight)


def test_from_an_update_on_the_critics_are_given_the_softmax():
    straight = replace(NETWORK, output="straight-through")
    before, expected = trained(3, network=straight)
    state, terms = trained(3, network=straight, softmax_from=3)
    assert state.generator.hard and terms[-1].keys() == expected[-1].keys()
    torch.testing.assert_close(parameters(state), parameters(before))
    after, _ = trained(4, network=straight, softmax_from=3)
    other, _ = trained(4, network=straight)
    assert not after.generator.hard and other.generator.hard
    assert not torch.equal(after.critic[0].input.weight, other.critic[0].input.weight)


def test_fixed_symbol_vectors_stay_as_they_were_drawn():
    fixed = replace(NETWORK, symbol_vectors="fixed")
    before, _ = trained(0, network=fixed)
    after, _ = trained(3, network=fixed)
    assert torch.equal(after.generator.output.weight, before.generator.output.weight)
    assert torch.equal(after.average.output.weight, before.generator.output.weight)
    assert not torch.equal(after.generator.output.bias, before.generator.output.bias)


def test_the_first_of_several_critics_begins_as_the_only_one_does():
    one, _ = trained(0)
    several, _ = trained(0, network=SEVERAL)
    torch.testing.assert_close(several.critic[0].state_dict(), one.critic[0].state_dict())
    torch.testing.assert_close(several.generator.state_dict(), one.generator.state_dict())


def test_the_generator_learns_from_the_mean_of_the_critics():
    state, _ = trained(0, network=replace(NETWORK, critics=2))
    z = torch.randn(6, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def gradient():
        rows = state.generator(z).detach().requires_grad_()
        loss, _ = phases.generator_loss(
            wgan_gp(), state.critic, torch.zeros(6, 8).long(), rows, torch.float64
        )
        return torch.autograd.grad(loss, rows)[0]

    both = gradient()
    alone = []
    for i in (0, 1):
        rows = state.generator(z).detach().requires_grad_()
        alone.append(torch.autograd.grad(-state.critic[i](rows).mean(), rows)[0])
    torch.testing.assert_close(both, (alone[0] + alone[1]) / 2)
    with torch.no_grad():
        state.critic[1].output.weight.zero_()
    torch.testing.assert_close(gradient(), alone[0] / 2)


def test_200_steps_by_passes_follow_those_by_double_backward(monkeypatch):
    by_passes, curve = trained(200)
    monkeypatch.setattr(phases, "linearised", phases.double_backward)
    reference, expected = trained(200)
    for name, value in parameters(reference).items():
        torch.testing.assert_close(parameters(by_passes)[name], value, rtol=1e-6, atol=1e-8)
    for step, (ours, theirs) in enumerate(zip(curve, expected, strict=True)):
        for name, value in theirs.items():
            torch.testing.assert_close(
                ours[name], value, rtol=1e-6, atol=1e-8, msg=f"{step} {name}"
            )
    first, last = (float(curve[i]["wasserstein"].mean()) for i in (0, -1))
    assert abs(last - first) > 0.5  # the networks moved far enough for the curves to part


@pytest.mark.parametrize("vectors", ["learned", "fixed"])
def test_the_average_follows_the_generators_weights(vectors):
    network = replace(NETWORK, symbol_vectors=vectors)
    states = [trained(n, network=network, average=0.3)[0] for n in range(8)]
    expected = [p.clone() for p in states[0].average.parameters()]
    for step, state in enumerate(states[1:], start=1):
        decay = min(0.3, (1 + step) / (10 + step))
        for mine, theirs in zip(expected, state.generator.parameters(), strict=True):
            mine.mul_(decay).add_(theirs.detach(), alpha=1 - decay)
    for mine, theirs in zip(expected, states[-1].average.parameters(), strict=True):
        torch.testing.assert_close(theirs, mine, rtol=1e-9, atol=1e-12)


def test_networks_are_drawn_from_their_seed_and_the_callers_numbers_go_on():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    first, _ = trained(0, seed=1)
    assert torch.equal(torch.rand(3), wanted)
    again, _ = trained(0, seed=1)
    other, _ = trained(0, seed=2)
    weights = [state.generator.output.weight for state in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("head", ["mean", "flatten"])
def test_the_networks_are_what_the_settings_say(head):
    asked = NetworkSettings(
        width=8, critic_width=12, blocks=2, critic_blocks=3, kernel=3, residual_scale=0.7,
        activation="tanh", head=head, latent=5, critics=2,
    )  # fmt: skip
    state, _ = trained(0, network=asked)
    shared = {"kernel": 3, "scale": 0.7, "activation": "tanh"}
    for generator in (state.generator, state.average):
        assert generator.blocks.shape() == {"blocks": 2, **shared}
        assert (generator.width, generator.latent) == (8, 5)
        assert generator.input.weight.shape == (8 * 8, 5)
    assert len(state.critic) == 2
    for critic in state.critic:
        assert critic.shape() == {"width": 12, "blocks": 3, **shared, "head": head}
        assert critic.output.weight.shape == (1, 12 * (8 if head == "flatten" else 1))
    state, _ = trained(0, network=replace(asked, critic_width=0, critic_blocks=0))
    for critic in state.critic:
        assert critic.shape() == {"width": 8, "blocks": 2, **shared, "head": head}


def test_a_run_that_goes_on_after_softmax_from_gives_the_softmax(tmp_path):
    asked = {"network": replace(NETWORK, output="straight-through"), "softmax_from": 3}
    before, _ = trained(5, **asked)
    save(tmp_path, before, 0.0, keep=1)
    fresh, _ = trained(0, **asked)
    assert fresh.generator.hard
    load_newest(tmp_path, fresh, print)
    resumed, _ = trained(1, state=fresh, **asked)
    whole, _ = trained(6, **asked)
    assert resumed.step == 6 and not resumed.generator.hard
    for name, value in parameters(whole).items():
        assert torch.equal(parameters(resumed)[name], value), name
