"""A stack of residual blocks that differentiates by its own passes, without a graph in between."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from textgan.networks.blocks import ResidualBlock, reparametrised
from textgan.networks.passes import CastBlock, Passes, cast_blocks


class ResidualStack(nn.Sequential):
    """Residual blocks in a row.

    `forward` is one node of the graph: its backward is `Passes.adjoint`, which adds the gradients
    of weights that require them. Where the backward must itself be differentiated, or the blocks
    are not `linear_between_relus`, it takes the plain way through them.

    Args:
        blocks: of one width.
    """

    def __init__(self, blocks: Iterable[ResidualBlock]) -> None:
        super().__init__(*blocks)

    def residual_blocks(self) -> list[ResidualBlock]:
        """The blocks."""
        return [cast(ResidualBlock, block) for block in self]

    def shape(self) -> dict[str, Any]:
        """What it is built of, as plain data: blocks, kernel, scale, activation."""
        first, *_ = self.residual_blocks()
        return {
            "blocks": len(self),
            "kernel": first.first.kernel,
            "scale": first.scale,
            "activation": first.activation,
        }

    def linear_between_relus(self) -> bool:
        """Whether the passes hold: blocks that rectify, and weights that are parameters."""
        rectify = all(block.activation == "relu" for block in self.residual_blocks())
        return rectify and not reparametrised(self)

    def cast(self, dtype: torch.dtype) -> list[CastBlock]:
        """The blocks' weights in `dtype`, for all passes until they change."""
        return cast_blocks(self.residual_blocks(), dtype)

    def plain(self, h: Tensor) -> Tensor:
        """The same map through autograd, block by block; differentiates any number of times."""
        for block in self:
            h = block(h)
        return h

    def forward(self, h: Tensor) -> Tensor:
        """Map `(batch, length, width)` to the same shape, in the type of `h`."""
        if not self.linear_between_relus():
            return self.plain(h)
        if not torch.is_grad_enabled():
            return Passes(self.cast(h.dtype)).forward(h, keep="nothing")
        if not h.requires_grad:  # nothing before the stack learns: the graph begins at its weights
            return self.plain(h)
        y: Tensor = _Stack.apply(h, self)  # type: ignore[no-untyped-call]
        return y


class _Stack(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, h: Tensor, stack: ResidualStack) -> Tensor:
        ctx.save_for_backward(h)
        ctx.stack, ctx.passes = stack, Passes(stack.cast(h.dtype))
        learns = next(stack.parameters()).requires_grad
        y: Tensor = ctx.passes.forward(h, keep="inputs" if learns else "signs")
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None]:
        if torch.is_grad_enabled():  # create_graph: the gradient is to be differentiated
            (h,) = ctx.saved_tensors
            (back,) = torch.autograd.grad(ctx.stack.plain(h), h, gradient, create_graph=True)
            return back, None
        return ctx.passes.adjoint(gradient.contiguous()), None
