"""What a critic is given, and its first layer, which has as many columns as there are symbols."""

from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from textgan.networks.blocks import affine


class StraightThrough(NamedTuple):
    """Symbols, which a critic looks up, and the probabilities that get the gradient of their rows.

    As if the symbols' one-hot rows were given and passed their gradient on to the probabilities
    (Bengio et al. 2013, arXiv 1308.3432), but without a row of a whole vocabulary.
    """

    symbols: Tensor
    """`(batch, length)`."""
    probabilities: Tensor
    """`(batch, length, vocab)`."""


Given: TypeAlias = Tensor | StraightThrough
"""Probabilities or one-hot rows `(batch, length, vocab)`, symbols `(batch, length)`, or both."""


def told(labels: Tensor | None) -> tuple[Tensor, ...]:
    """What a network is given last where lines have labels, `(batch,)`; nothing where they do not.

    So that networks of other kinds need not know of any.
    """
    return () if labels is None else (labels,)


def embed(x: Given, weight: Tensor, bias: Tensor) -> Tensor:
    """An affine map of one-hot rows or probabilities, or of symbols as their one-hot rows.

    Args:
        x: what is given.
        weight: `(width, vocab)`, whose columns symbols look up.
        bias: `(width,)`.

    Returns:
        `(batch, length, width)`.
    """
    if isinstance(x, StraightThrough):
        looked_up = embed(x.symbols, weight, bias)
        y: Tensor = _Through.apply(looked_up, x.probabilities, weight)  # type: ignore[no-untyped-call]
        return y
    if x.is_floating_point():
        return affine(x, weight, bias)
    return functional.embedding(x, weight.t()) + bias


class _Through(torch.autograd.Function):
    """What was looked up; its gradient goes to the probabilities as well, through the weight."""

    @staticmethod
    def forward(ctx: Any, looked_up: Tensor, probabilities: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        return looked_up.view_as(looked_up)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        (weight,) = ctx.saved_tensors
        to_lookup, to_probabilities, _ = ctx.needs_input_grad
        return (
            gradient if to_lookup else None,
            gradient @ weight.to(gradient.dtype) if to_probabilities else None,
            None,
        )
