"""One generator update: critic steps, generator step, weight average; no files and no clock."""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator, Vectors
from textgan.networks.given import told
from textgan.objectives.objective import Objective, Terms
from textgan.objectives.phases import critic_backward, generator_loss
from textgan.training.draws import batch_noise, latent_of, mix_of
from textgan.training.optimiser import Optimiser
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, TrainingSettings


@dataclass
class State:
    """The networks and optimisers of a run, and how many updates they have had."""

    generator: Generator
    critic: Critics
    average: Generator
    generator_optimiser: Optimiser
    critic_optimiser: Optimiser
    step: int = 0


def build(
    network: NetworkSettings,
    training: TrainingSettings,
    objective: Objective,
    *,
    vocab: int,
    length: int,
    device: torch.device,
    vectors: Tensor | None = None,
    labels: int = 0,
) -> State:
    """Fresh networks, the same for the same seed; `vectors` as in `build_generator`."""
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers go on as they would have
        torch.default_generator.manual_seed(training.seed)
        sizes = {"vocab": vocab, "length": length, "labels": labels}
        generator = build_generator(network, **sizes, vectors=vectors)
        critic = Critics(build_critic(network, **sizes) for _ in range(network.critics))
        for one in critic:
            objective.prepare(one)  # before it moves: the same numbers on every device
    exact = torch.float64 if training.dtype == "float64" else torch.float32
    generator.to(device, exact)
    critic.to(device, exact)
    return State(
        generator=generator,
        critic=critic,
        average=copy.deepcopy(generator).requires_grad_(False),
        generator_optimiser=Optimiser(generator, training, training.generator_rate),
        critic_optimiser=Optimiser(critic, training, training.critic_rate),
    )


def build_generator(
    network: NetworkSettings,
    *,
    vocab: int,
    length: int,
    vectors: Tensor | None = None,
    labels: int = 0,
) -> Generator:
    """The generator that the settings describe.

    Symbol vectors that are counted, `(vocab, width)`, come from `networks.vectors`; without them
    fixed ones are drawn.
    """
    fixed: Vectors = "fixed" if vectors is None else vectors
    return Generator(
        vocab=vocab,
        length=length,
        width=network.width,
        blocks=network.blocks,
        kernel=network.kernel,
        scale=network.residual_scale,
        activation=network.activation,
        latent=network.latent,
        output=network.output,
        vectors="learned" if network.symbol_vectors == "learned" else fixed,
        labels=labels,
    )


def build_critic(network: NetworkSettings, *, vocab: int, length: int, labels: int = 0) -> Critic:
    """One critic that the settings describe."""
    return Critic(
        vocab=vocab,
        length=length,
        width=network.critic_width or network.width,
        blocks=network.critic_blocks or network.blocks,
        kernel=network.kernel,
        scale=network.residual_scale,
        activation=network.activation,
        head=network.head,
        labels=labels,
    )


class Lines(NamedTuple):
    """Real lines."""

    symbols: Tensor
    """`(batch, length)`."""
    labels: Tensor | None = None
    """`(batch,)`, where they have any."""


@dataclass(frozen=True)
class Drawn:
    """What an update is given from outside: this process's rows, on the device.

    Args:
        real: symbols of each critic step, `(batch, length)`.
        labels: of each critic step's lines, `(batch,)`; none where lines have none.
        latents: of each critic step and of the generator step, `(batch, latent)`.
        mix: mixing weights of each critic step, `(batch,)`.
    """

    real: list[Tensor]
    labels: list[Tensor]
    latents: list[Tensor]
    mix: list[Tensor]

    def tensors(self) -> list[Tensor]:
        """All of them, in one order."""
        return [*self.real, *self.labels, *self.latents, *self.mix]

    def copy(self) -> "Drawn":
        """The same in memory of its own."""
        kinds = self.real, self.labels, self.latents, self.mix
        return Drawn(*([t.clone() for t in kind] for kind in kinds))

    def each_labels(self) -> Sequence[Tensor | None]:
        """The labels of each critic step's lines, or that they have none."""
        return self.labels or [None] * len(self.real)


def drawn_for(
    state: State,
    real_lines: Callable[[int], Lines],
    training: TrainingSettings,
    processes: Processes,
) -> Drawn:
    """What the next update of `state` is given; nothing here waits for the device."""
    weight, part = state.generator.output.weight, processes.part(training.batch)
    steps, first = range(training.critic_steps), state.step * training.critic_steps

    def noise(shape: tuple[int, ...], purpose: int, uniform: bool) -> Tensor:
        return batch_noise(part, shape, training.seed, state.step, purpose, uniform)

    latents = [noise((state.generator.latent,), latent_of(i), False) for i in range(len(steps) + 1)]
    drawn = moved([*latents, *(noise((), mix_of(i), True) for i in steps)], weight)
    lines = [real_lines(first + i) for i in steps]
    real = [each.symbols for each in lines]
    labels = [each.labels for each in lines if each.labels is not None]
    return Drawn(real, labels, drawn[: len(latents)], drawn[len(latents) :])


def moved(noise: list[Tensor], like: Tensor) -> list[Tensor]:
    """`noise` in the type and on the device of `like`; to a GPU in one copy, without a wait."""
    if like.device.type == "cpu":
        return [tensor.to(like.dtype) for tensor in noise]
    flat = torch.cat([tensor.flatten() for tensor in noise]).to(like.dtype).pin_memory()
    there = flat.to(like.device, non_blocking=True)
    parts = torch.split(there, [tensor.numel() for tensor in noise])
    return [part.view(tensor.shape) for part, tensor in zip(parts, noise, strict=True)]


Learn = Callable[[State, Objective, Drawn, int, TrainingSettings, torch.dtype, Processes], Terms]
"""What carries the networks one update further: `learn`, or the same compiled or captured."""


def learn(
    state: State,
    objective: Objective,
    drawn: Drawn,
    turn: int,
    training: TrainingSettings,
    dtype: torch.dtype,
    processes: Processes,
) -> Terms:
    """The device's part of an update: the critic steps and the generator step.

    Args:
        state: changed in place, but for its average and its number of steps.
        objective: what to minimise.
        drawn: what the update is given.
        turn: the critic that learns first, of several.
        training: the settings of the loop.
        dtype: type that the blocks compute in.
        processes: among which the batch is divided.

    Returns:
        See `update`.
    """
    part = processes.part(training.batch, training.pieces or 1)
    pieces = [slice(i, i + part.step) for i in range(0, part.stop - part.start, part.step)]
    found: list[Terms] = []
    state.critic.requires_grad_(True)
    written = _written(state, drawn, dtype)
    critic_steps = zip(drawn.real, written, drawn.mix, drawn.each_labels(), strict=True)
    for step, (real, fake, mix, labels) in enumerate(critic_steps):
        critic = state.critic.in_turn(turn + step)
        found = [
            critic_backward(objective, critic, real[i], fake[i], mix[i], dtype, picked(labels, i))
            for i in pieces
        ]
        norm = _step(state.critic_optimiser, len(pieces), processes)
        objective.constrain(state.critic)  # those, too, whose turn has not come
    terms = {**_joined(found), "critic_gradient": norm}

    state.critic.requires_grad_(False)
    z, found = drawn.latents[-1], []
    for i in pieces:
        own = picked(labels, i)
        fake = state.generator(z[i], dtype, *told(own))
        loss, of_piece = generator_loss(objective, state.critic, real[i], fake, dtype, own)
        loss.backward()  # type: ignore[no-untyped-call]
        del loss  # and with it what its graph holds, before the next piece
        found.append(of_piece)
    norm = _step(state.generator_optimiser, len(pieces), processes)
    return {**terms, **_joined(found), "generator_gradient": norm}


def update(
    state: State,
    objective: Objective,
    real_lines: Callable[[int], Lines],
    training: TrainingSettings,
    dtype: torch.dtype,
    processes: Processes,
    *,
    by: Learn = learn,
) -> Terms:
    """Carry `state` one generator update further.

    Args:
        state: changed in place.
        objective: what to minimise.
        real_lines: number of a draw -> this process's lines of it.
        training: the settings of the loop.
        dtype: type that the blocks compute in.
        processes: among which the batch is divided.
        by: what carries the networks.

    Returns:
        The terms of the last critic step and of the generator step, and the norms of their
        gradients (`critic_gradient`, `generator_gradient`), still on the device, where the next
        update may write over them.
    """
    if training.softmax_from and state.step >= training.softmax_from:
        state.generator.hard = False
    drawn = drawn_for(state, real_lines, training, processes)
    turn = state.step * training.critic_steps % len(state.critic)
    terms = by(state, objective, drawn, turn, training, dtype, processes)
    state.step += 1
    _follow(state, training.average)
    return terms


def _written(state: State, drawn: Drawn, dtype: torch.dtype) -> Iterable[Tensor]:
    """What the generator, which does not learn meanwhile, writes for each critic step.

    On a GPU, whose kernels are short, in one pass for all of them.
    """
    latents = drawn.latents[:-1]
    if latents[0].device.type == "cpu":
        each = zip(latents, drawn.each_labels(), strict=True)
        return (state.generator.written(z, dtype, *told(labels)) for z, labels in each)
    labels = torch.cat(drawn.labels) if drawn.labels else None
    return state.generator.written(torch.cat(latents), dtype, *told(labels)).chunk(len(latents))


def picked(labels: Tensor | None, rows: slice) -> Tensor | None:
    """The labels of some rows, where lines have any."""
    return None if labels is None else labels[rows]


def _step(optimiser: Optimiser, pieces: int, processes: Processes) -> Tensor:
    """Average the gradients over pieces and processes, and step; returns their norm.

    The gradients are let go of at once: those of one network need no room while the other learns.
    """
    gradients = [p.grad for p in optimiser.parameters if p.grad is not None]
    if pieces > 1:
        torch._foreach_div_(gradients, pieces)
    processes.average(gradients)
    norm = nn.utils.get_total_norm(gradients)
    optimiser.step()
    return norm


def _joined(pieces: list[Terms]) -> Terms:
    if len(pieces) == 1:
        return pieces[0]
    return {name: torch.cat([piece[name] for piece in pieces]) for name in pieces[0]}


@torch.no_grad()
def _follow(state: State, decay: float) -> None:
    # Early on the average forgets faster, so that it is never dominated by the initial weights.
    decay = min(decay, (1 + state.step) / (10 + state.step))
    followed = state.generator_optimiser.parameters
    torch._foreach_lerp_(list(state.average.parameters()), followed, 1 - decay)
