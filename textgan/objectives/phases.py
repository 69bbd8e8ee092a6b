"""The two phases of an update: an objective's gradients for the critic, its loss for the generator.

The critic's gradients are had in one of two ways, chosen here and nowhere else: by
`textgan.objectives.linearised` where the critic is linear between its ReLUs, by double backward,
which is also the reference, for any other.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from textgan.networks.critic import Critic
from textgan.networks.given import Given, told
from textgan.objectives.linearised import linearised
from textgan.objectives.objective import Objective, Terms
from textgan.objectives.penalty import slope


def critic_backward(
    objective: Objective,
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    dtype: torch.dtype,
    labels: Tensor | None = None,
) -> Terms:
    """Add the gradients of the critic's loss and penalty to the critic's parameters.

    Args:
        objective: what to minimise.
        critic: scores rows such as `fake`, and such as `real`.
        real: symbols `(batch, length)`, or values of the shape of `fake`.
        fake: generated probabilities `(batch, length, vocab)`, detached, or symbols likewise; for
            a critic of another kind any values `(batch, …)`.
        mix: one number a sample, uniform in [0, 1], `(batch,)`.
        dtype: type that the blocks compute in.
        labels: of the real lines, and of the generated ones beside them, `(batch,)`, where there
            are any.

    Returns:
        The objective's curve, and slope and penalty where there is one.
    """
    if type(critic) is Critic and critic.linear_between_relus():
        at_real, at_fake, slopes = linearised(objective, critic, real, fake, mix, dtype, labels)
    else:
        at_real, at_fake, slopes = double_backward(
            objective, critic, real, fake, mix, dtype, labels
        )
    terms = {objective.curve: objective.estimate(at_real, at_fake)}
    if objective.penalty is not None and slopes is not None:
        penalties = objective.penalty.of(slopes).view(-1, len(real)).sum(0)
        terms |= {"slope": slopes, "penalty": penalties}
    return terms


def double_backward(
    objective: Objective,
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    dtype: torch.dtype,
    labels: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """The general way and the reference: the penalty's graph is itself differentiated.

    Args:
        objective: see `critic_backward`, as for the others.
        critic: any module.
        real: likewise.
        fake: likewise.
        mix: likewise.
        dtype: likewise.
        labels: likewise.

    Returns:
        Scores of the real rows and of the fake rows, `(batch,)`; slopes, where there is a penalty.
    """
    batch, penalty = len(real), objective.penalty
    vocab = fake.shape[-1] if fake.is_floating_point() else cast(Critic, critic).vocab
    values, fake = (rows_of(x, vocab, mix.dtype) for x in (real, fake))
    both = None if labels is None else labels.repeat(2)
    scores = critic(torch.cat([values, fake]), dtype, *told(both))
    at_real, at_fake = scores[:batch], scores[batch:]
    loss, slopes = objective.critic_loss(at_real, at_fake), None
    if penalty is not None:
        points = torch.lerp(fake, values, mix.view(-1, *[1] * (fake.dim() - 1)))
        if penalty.at == "ends":
            points, labels = torch.cat([values, fake]), both
        points.requires_grad_()
        total = critic(points, dtype, *told(labels)).sum()
        (gradient,) = torch.autograd.grad(total, points, create_graph=True)
        slopes = slope(gradient)
        loss = loss + penalty.of(slopes).sum() / batch
        slopes = slopes.detach()
    loss.backward()  # type: ignore[no-untyped-call]
    return at_real.detach(), at_fake.detach(), slopes


def rows_of(x: Tensor, vocab: int, dtype: torch.dtype) -> Tensor:
    """Symbols as one-hot rows of `vocab` entries; values stay."""
    if x.is_floating_point():
        return x
    return functional.one_hot(x.long(), vocab).to(dtype)


def generator_loss(
    objective: Objective,
    critic: nn.Module,
    real: Tensor,
    fake: Given,
    dtype: torch.dtype,
    labels: Tensor | None = None,
) -> tuple[Tensor, Terms]:
    """The generator's loss, a scalar that differentiates with respect to `fake`, and its terms.

    Arguments as in `critic_backward`; `labels` are those of both again.
    """

    @torch.no_grad()
    def at_real() -> Tensor:
        scores: Tensor = critic(real, dtype, *told(labels))
        return scores

    at_fake = critic(fake, dtype, *told(labels))
    return objective.generator_loss(at_fake, at_real), {"generator_score": at_fake.detach()}
