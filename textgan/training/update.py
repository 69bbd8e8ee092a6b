"""One generator update: critic steps, generator step, weight average; no files and no clock."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from textgan.networks.critic import Critic
from textgan.networks.generator import Generator
from textgan.objectives.objective import Objective, Terms
from textgan.objectives.phases import critic_backward, generator_loss
from textgan.training.draws import latent_of, mix_of, noise
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, TrainingSettings


@dataclass
class State:
    """The networks and optimisers of a run, and how many updates they have had."""

    generator: Generator
    critic: Critic
    average: Generator
    generator_optimiser: torch.optim.Optimizer
    critic_optimiser: torch.optim.Optimizer
    step: int = 0


def build(
    network: NetworkSettings,
    training: TrainingSettings,
    objective: Objective,
    *,
    vocab: int,
    length: int,
    device: torch.device,
) -> State:
    """Fresh networks, the same for the same seed, on `device`."""
    torch.manual_seed(training.seed)
    generator = build_generator(network, vocab=vocab, length=length)
    critic = Critic(
        vocab=vocab,
        length=length,
        width=network.critic_width or network.width,
        blocks=network.critic_blocks or network.blocks,
        kernel=network.kernel,
        scale=network.residual_scale,
        head=network.head,
    )
    objective.prepare(critic)  # before it moves: the same numbers on every device
    exact = torch.float64 if training.dtype == "float64" else torch.float32
    generator.to(device, exact)
    critic.to(device, exact)
    return State(
        generator=generator,
        critic=critic,
        average=copy.deepcopy(generator).requires_grad_(False),
        generator_optimiser=build_optimiser(generator, training, training.generator_rate),
        critic_optimiser=build_optimiser(critic, training, training.critic_rate),
    )


def build_optimiser(
    network: nn.Module, training: TrainingSettings, rate: float
) -> torch.optim.Optimizer:
    """Adam, or RMSprop, whose memory is `beta2` too and which has no use for `beta1`."""
    if training.optimiser == "rmsprop":
        return torch.optim.RMSprop(network.parameters(), rate, alpha=training.beta2)
    betas = (training.beta1, training.beta2)
    return torch.optim.Adam(network.parameters(), rate, betas, fused=True)


def build_generator(network: NetworkSettings, *, vocab: int, length: int) -> Generator:
    """The generator that the settings describe."""
    return Generator(
        vocab=vocab,
        length=length,
        width=network.width,
        blocks=network.blocks,
        kernel=network.kernel,
        scale=network.residual_scale,
        latent=network.latent,
    )


def update(
    state: State,
    objective: Objective,
    real_lines: Callable[[int], Tensor],
    training: TrainingSettings,
    dtype: torch.dtype,
    processes: Processes,
) -> Terms:
    """Carry `state` one generator update further.

    Args:
        state: changed in place.
        objective: what to minimise.
        real_lines: number of a draw -> this process's symbols of it, `(batch, length)`.
        training: the settings of the loop.
        dtype: type that the blocks compute in.
        processes: among which the batch is divided.

    Returns:
        The terms of the last critic step and of the generator step, still on the device.
    """
    device, exact = state.generator.output.weight.device, state.generator.output.weight.dtype
    part = processes.part(training.batch)

    def draw(shape: tuple[int, ...], purpose: int, uniform: bool) -> Tensor:
        drawn = noise(shape, training.seed, state.step, purpose, uniform)
        return drawn[part].to(device, exact, non_blocking=True)

    def latent(purpose: int) -> Tensor:
        return draw((training.batch, state.generator.latent), purpose, False)

    terms: Terms = {}
    state.critic.requires_grad_(True)
    for repeat in range(training.critic_steps):
        real = real_lines(state.step * training.critic_steps + repeat)
        with torch.no_grad():
            fake = state.generator(latent(latent_of(repeat)), dtype)
        mix = draw((training.batch,), mix_of(repeat), True)
        state.critic_optimiser.zero_grad()
        terms = critic_backward(objective, state.critic, real, fake, mix, dtype)
        processes.average_gradients(state.critic.parameters())
        state.critic_optimiser.step()
        objective.constrain(state.critic)

    state.critic.requires_grad_(False)
    fake = state.generator(latent(latent_of(training.critic_steps)), dtype)
    loss, generator_terms = generator_loss(objective, state.critic, real, fake, dtype)
    state.generator_optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    processes.average_gradients(state.generator.parameters())
    state.generator_optimiser.step()
    state.step += 1
    _follow(state.average, state.generator, training.average, state.step)
    return {**terms, **generator_terms}


def gradient_norm(network: nn.Module) -> Tensor:
    """The norm of all of a network's gradients together."""
    return nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    # Early on the average forgets faster, so that it is never dominated by the initial weights.
    decay = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
