"""How sequences lie in memory while they go through residual blocks, and the convolution for it.

A library's convolution takes sequences as they come (`Apart`). On a CPU in float32 plain matrix
products are faster, where nothing has to be copied for them. So there all sequences' first
positions come first, then all second positions (`Abreast`), and what a kernel reads two positions
further on lies `2 * batch` rows further on, for all sequences at once:

    input rows    a0 b0 c0 a1 b1 c1 a2 b2 c2 a3 b3 c3      sequences a, b, c
                  └───────────┬────────────┘               what the kernel's last of three
    output rows   A0 B0 C0 A1 B1 C1 A2 B2 C2 A3 B3 C3      positions adds to these
                  └───────────┬────────────┘
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from textgan.networks.convolution import convolve, input_gradient, weight_gradient


class Layout(Protocol):
    """A way for sequences to lie in memory, which is called laid out below.

    Weights are `(out_channels, kernel, in_channels)`, biases `(out_channels,)`, both in the type of
    the sequences.
    """

    def enter(self, h: Tensor) -> Tensor:
        """Lay out `(batch, length, channels)`."""
        ...

    def leave(self, laid: Tensor) -> Tensor:
        """Back to `(batch, length, channels)`, contiguous."""
        ...

    def convolve(self, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """The convolution."""
        ...

    def plus(self, h: Tensor, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """`h`, from `enter` or from here and perhaps written over, plus the convolution."""
        ...

    def input_gradient(self, adjoint: Tensor, weight: Tensor) -> Tensor:
        """The gradient at a convolution's input, from the one at its output."""
        ...

    def add_weight_gradient(
        self, weight: Tensor, laid: Tensor, adjoint: Tensor, scale: float
    ) -> None:
        """Add a weight's gradient, of its convolution's input and adjoint, times `scale`."""
        ...


class Apart:
    """Sequences as they come, and the library's convolution."""

    def enter(self, h: Tensor) -> Tensor:
        """See `Layout`, as for the others."""
        return h

    def leave(self, laid: Tensor) -> Tensor:
        """Likewise."""
        return laid

    def convolve(self, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Likewise."""
        return convolve(laid, weight, bias)

    def plus(self, h: Tensor, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Likewise; `h` stays as it was."""
        return h + convolve(laid, weight, bias)

    def input_gradient(self, adjoint: Tensor, weight: Tensor) -> Tensor:
        """Likewise."""
        return input_gradient(adjoint, weight)

    def add_weight_gradient(
        self, weight: Tensor, laid: Tensor, adjoint: Tensor, scale: float
    ) -> None:
        """Likewise."""
        add_gradient(weight, weight_gradient(laid, adjoint, weight.shape[1]), scale)


@dataclass(frozen=True)
class Abreast:
    """All first positions, then all second positions: `(length * batch, channels)`.

    Args:
        batch: sequences.
        length: positions of each.
        kernel: positions that a convolution reads; odd.
    """

    batch: int
    length: int
    kernel: int

    def enter(self, h: Tensor) -> Tensor:
        """See `Layout`, as for the others; a copy."""
        return h.transpose(0, 1).clone(memory_format=torch.contiguous_format).flatten(0, 1)

    def leave(self, laid: Tensor) -> Tensor:
        """Likewise."""
        return laid.view(self.length, self.batch, -1).transpose(0, 1).contiguous()

    def convolve(self, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Likewise."""
        y = laid.new_empty(len(laid), len(weight))
        return self._add_convolved_(y.zero_() if bias is None else y.copy_(bias), laid, weight)

    def plus(self, h: Tensor, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Likewise; writes over `h`."""
        self._add_convolved_(h, laid, weight)
        return h if bias is None else h.add_(bias)

    def input_gradient(self, adjoint: Tensor, weight: Tensor) -> Tensor:
        """Likewise."""
        x = adjoint.new_zeros(len(adjoint), weight.shape[2])
        for k, read, written in self._shifts:
            x[read].addmm_(adjoint[written], weight[:, k])
        return x

    def add_weight_gradient(
        self, weight: Tensor, laid: Tensor, adjoint: Tensor, scale: float
    ) -> None:
        """Likewise."""
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        for k, read, written in self._shifts:
            weight.grad[:, k].addmm_(adjoint[written].t(), laid[read], alpha=scale)

    def _add_convolved_(self, y: Tensor, laid: Tensor, weight: Tensor) -> Tensor:
        for k, read, written in self._shifts:
            y[written].addmm_(laid[read], weight[:, k].t())
        return y

    @cached_property
    def _shifts(self) -> list[tuple[int, slice, slice]]:
        # For each place in the kernel the rows that it reads, and those that it reads them for.
        rows, shifts = self.length * self.batch, []
        for k in range(self.kernel):
            by = (k - self.kernel // 2) * self.batch
            if abs(by) < rows:
                read = slice(max(by, 0), rows + min(by, 0))
                written = slice(max(-by, 0), rows + min(-by, 0))
                shifts.append((k, read, written))
        return shifts


def layout_of(h: Tensor, weight: Tensor) -> Layout:
    """What suits `(batch, length, channels)`, its type and device, and a weight as it is kept.

    Half precision would round after each of the products that `Abreast` adds up, and torch's
    compiler makes copies of what they write.
    """
    exact = h.dtype is weight.dtype and h.dtype in (torch.float32, torch.float64)
    if exact and h.device.type == "cpu" and not torch.compiler.is_compiling():
        return Abreast(len(h), h.shape[1], weight.shape[1])
    return Apart()


def add_gradient(parameter: Tensor, gradient: Tensor, scale: float = 1.0) -> None:
    """Add `scale * gradient`, of any type, to `parameter.grad`."""
    if parameter.grad is None:
        gradient = gradient.to(parameter.dtype)
        parameter.grad = gradient * scale if scale != 1.0 else gradient.contiguous()
    else:
        parameter.grad.add_(gradient, alpha=scale)
