"""Convolution as plain matrix products of what already lies in memory.

All sequences' first positions come first, then all second positions, and what a kernel reads two
positions further on lies `2 * batch` rows further on, for all sequences at once:

    input rows    a0 b0 c0 a1 b1 c1 a2 b2 c2 a3 b3 c3      sequences a, b, c
                           └───────────┬────────────┘      what the last of three places reads
    output rows   A0 B0 C0 A1 B1 C1 A2 B2 C2 A3 B3 C3
                  └───────────┬────────────┘               is added to these
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


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
        return self._add_convolved_(y.zero_() if bias is None else y.copy_(bias), 1.0, laid, weight)

    def rectified(self, laid: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Likewise."""
        return self.convolve(laid, weight, bias).relu_()

    def plus(
        self, h: Tensor, scale: float, laid: Tensor, weight: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        """Likewise; writes over `h`."""
        self._add_convolved_(h, scale, laid, weight)
        return h if bias is None else h.add_(bias, alpha=scale)

    def input_gradient(self, adjoint: Tensor, weight: Tensor, scale: float = 1.0) -> Tensor:
        """Likewise."""
        x = adjoint.new_zeros(len(adjoint), weight.shape[2])
        for read, written, matrix in self._by_place(x, adjoint, weight.unbind(1)):
            read.addmm_(written, matrix, alpha=scale)
        return x

    def add_weight_gradient(
        self, weight: Tensor, laid: Tensor, adjoint: Tensor, scale: float
    ) -> None:
        """Likewise."""
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        for read, written, gradient in self._by_place(laid, adjoint, weight.grad.unbind(1)):
            gradient.addmm_(written.t(), read, alpha=scale)

    def _add_convolved_(self, y: Tensor, scale: float, laid: Tensor, weight: Tensor) -> Tensor:
        by_place = weight.permute(1, 2, 0)  # (kernel, in_channels, out_channels)
        if torch.get_num_threads() == 1:
            # Up to a sixth faster than by a matrix that the product has to transpose. Two threads
            # gain nothing by it.
            by_place = by_place.contiguous()
        for read, written, matrix in self._by_place(laid, y, by_place.unbind()):
            written.addmm_(read, matrix, alpha=scale)
        return y

    def _by_place(
        self, read: Tensor, written: Tensor, matrices: Sequence[Tensor]
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        # For each place in the kernel the rows that it reads, those that it reads them for, and its
        # matrix.
        rows, middle = len(read), self.kernel // 2
        for k, matrix in enumerate(matrices):
            by = (k - middle) * self.batch
            if by == 0:
                yield read, written, matrix
            elif 0 < by < rows:
                yield read[by:], written[:-by], matrix
            elif -rows < by < 0:
                yield read[:by], written[-by:], matrix
