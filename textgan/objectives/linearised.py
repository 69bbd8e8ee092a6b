"""The critic's gradients without double backward: exact for a critic that is linear between ReLUs.

`textgan.networks.passes` says why that is so; tests hold this equal to double backward.
"""

import torch
from torch import Tensor

from textgan.networks.critic import Critic
from textgan.networks.layout import add_gradient
from textgan.networks.passes import Passes, together
from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty, root


@torch.no_grad()
def linearised(
    objective: Objective,
    critic: Critic,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    dtype: torch.dtype,
    labels: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Add the gradients of the critic's loss and penalty to the critic's parameters.

    Args:
        objective: what to minimise.
        critic: whose blocks rectify and add and do nothing else.
        real: symbols `(batch, length)`.
        fake: probabilities `(batch, length, vocab)`, or symbols likewise.
        mix: `(batch,)`.
        dtype: type that the blocks compute in.
        labels: `(batch,)`, of both, where there are any.

    Returns:
        Scores of the real rows and of the fake rows, `(batch,)`; slopes, where there is a penalty.
    """
    batch, penalty = len(real), objective.penalty
    # Symbols need no product in the first layer: they look up their columns.
    ends = torch.cat([critic.embed(real, labels), critic.embed(fake, labels)])
    blocks = critic.blocks.cast(dtype)
    passes = Passes(blocks)
    if penalty is None:
        scores = _add_loss(objective, critic, passes, ends, real, fake, dtype, labels)[0]
        return scores[:batch], scores[batch:], None
    if together(ends, dtype):
        h = torch.cat([ends, _points(penalty, ends, mix)])
        scores, adjoint = _add_loss(objective, critic, passes, h, real, fake, dtype, labels)
    else:
        scores = _add_loss(objective, critic, passes, ends, real, fake, dtype, labels)[0]
        passes, h = Passes(blocks), _points(penalty, ends, mix)
        del ends
        passes.forward(h.to(dtype), keep="signs")
        seed = h.new_ones(len(h))
        adjoint = passes.adjoint(critic.score_adjoint(seed, dtype), keep=True).to(h.dtype)
    slopes = _add_penalty(penalty, critic, passes, adjoint, batch, dtype)
    return scores[:batch], scores[batch:], slopes


def _points(penalty: Penalty, ends: Tensor, mix: Tensor) -> Tensor:
    """Where the penalty asks for the slope, behind the first layer, as real and generated rows."""
    if penalty.at == "ends":
        return ends
    real, fake = ends.chunk(2)
    # The first layer is affine, so it maps the mixture to the mixture.
    return torch.lerp(fake, real, mix.to(ends.dtype)[:, None, None])


def _add_loss(
    objective: Objective,
    critic: Critic,
    passes: Passes,
    h: Tensor,
    real: Tensor,
    fake: Tensor,
    dtype: torch.dtype,
    labels: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """The loss of the scores: forward, back, products.

    Rows of `h` after the real and the generated ones are the penalty's: they go forward and back
    with the others, and all products are left to its tangent.

    Returns:
        Scores, `(2 * batch,)`, and the adjoint behind the first layer of the penalty's rows.
    """
    ends, embedding = 2 * len(real), critic.input.weight  # (width, vocab)
    features = passes.forward(h.to(dtype), keep="inputs")[:ends]
    scores = critic.score(features)
    with torch.enable_grad():
        leaf = scores.detach().requires_grad_()
        loss = objective.critic_loss(*leaf.chunk(2))
    (seed,) = torch.autograd.grad(loss, leaf)
    add_gradient(critic.output.weight, seed[None] @ critic.features(features))
    del features
    add_gradient(critic.output.bias, seed.sum()[None])
    others = len(h) - ends
    seeds = torch.cat([seed, seed.new_ones(others)])
    back = passes.adjoint(critic.score_adjoint(seeds, dtype), keep=others > 0).to(h.dtype)
    adjoint, at_others = back.tensor_split((ends,))
    add_gradient(critic.input.bias, adjoint.sum((0, 1)))
    if critic.label is not None and labels is not None:
        by_label = torch.zeros_like(critic.label)
        add_gradient(critic.label, by_label.index_add_(0, labels.repeat(2), adjoint.sum(1)))
    by_symbol = embedding.new_zeros(critic.vocab, critic.width)
    for rows, at_rows in zip((real, fake), adjoint.flatten(0, 1).tensor_split(2), strict=True):
        if rows.is_floating_point():  # at_rows: (batch * length, width)
            by_symbol.addmm_(rows.flatten(0, 1).t(), at_rows)
        else:
            by_symbol.index_add_(0, rows.flatten().long(), at_rows)
    add_gradient(embedding, by_symbol.t())
    return scores, at_others


def _add_penalty(
    penalty: Penalty,
    critic: Critic,
    passes: Passes,
    adjoint: Tensor,
    batch: int,
    dtype: torch.dtype,
) -> Tensor:
    """The penalty, from the adjoint behind the first layer: slopes, and forward for their gradient.

    A row's gradient is E'a, of the first layer's weight E and the adjoint a behind it. All that is
    asked of it is had from a and EE', which has no side as long as the vocabulary: |E'a|^2 is
    <a, EE'a>, and what the direction E'(ca) becomes behind the first layer is EE'(ca).
    """
    embedding = critic.input.weight  # (width, vocab)
    gram = embedding @ embedding.t()
    carried = adjoint @ gram  # (rows, length, width), the gradient behind the first layer
    slopes = root((adjoint * carried).flatten(1).sum(1).clamp(min=0))
    features = passes.tangent(penalty.direction(carried, slopes, batch).to(dtype))
    add_gradient(critic.output.weight, critic.features(features).sum(0, keepdim=True))
    weighed = penalty.direction(adjoint, slopes, batch)
    add_gradient(embedding, (adjoint.flatten(0, 1).t() @ weighed.flatten(0, 1)) @ embedding)
    return slopes
