"""Convolution with fewer multiplications: Winograd's minimal filtering, four positions at a time.

Four neighbouring outputs of a kernel of `k` positions read `k + 3` inputs. They are coefficients of
a product of polynomials, which at each of `k + 3` points (one of them infinity) is one
multiplication, where the plain sum has `4 k`: 8 of 20 for a kernel of five (Winograd 1980,
"Arithmetic Complexity of Computations"; for networks Lavin and Gray 2016, arXiv 1509.09308). With
matrices for weights each multiplication is a matrix product:

    V = B x,    M = V U  at each point,    y = A' M,    where  U = G w.

The same factors give the gradients, read the other way: P = A a of an adjoint a at y, then B' P U'
at the input and G' P' V at the weight. Rounding grows five times, to 7e-7 of a convolution in
float32: fewer digits are lost than TF32 or bfloat16 lose, more than plain sums do.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textgan.networks.layout import add_gradient

TILE = 4
"""Outputs that are computed together."""
POINTS = {3: (0, 1, -1, 2, -2), 5: (0, 1, -1, 2, -2, 1 / 2, -1 / 2)}
"""Of each kernel that this is for, besides infinity: small fractions, which round little."""


def fits(length: int) -> bool:
    """Whether tiles reach no more than a tenth beyond the last of so many positions."""
    return -length % TILE <= 0.1 * length


@lru_cache
def factors(kernel: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A `(points, 4)`, B `(points, points)` and G `(points, kernel)` of the formulas above."""
    points = POINTS[kernel]

    def values(coefficients: int) -> NDArray[np.float64]:
        # A polynomial's values at the points; at infinity that is its highest coefficient.
        finite = np.vander(points, coefficients, increasing=True).astype(float)
        return np.vstack([finite, np.eye(coefficients)[-1]])

    transform = np.linalg.inv(values(TILE + kernel - 1)).T
    largest = np.abs(transform).max(1, keepdims=True)  # U has room for what V would round off
    return values(TILE), transform / largest, values(kernel) * largest


@lru_cache
def constants(kernel: int, tiles: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """A and B of some tiles in a row at once, whose inputs overlap, and G.

    Returns:
        `(points * tiles, 4 * tiles)`, `(points * tiles, 4 * tiles + kernel - 1)` and
        `(points, kernel)`.
    """
    *of_sequences, of_weights = factors(kernel)
    made = []
    for factor in of_sequences:
        points, read = factor.shape
        several = np.zeros((points, tiles, TILE * (tiles - 1) + read))
        for tile in range(tiles):
            several[:, tile, TILE * tile : TILE * tile + read] = factor
        made.append(several.reshape(points * tiles, -1))
    with torch.inference_mode(False):
        a, b, g = (torch.from_numpy(factor).to(dtype) for factor in (*made, of_weights))
    return a, b, g


@dataclass(frozen=True)
class Winograd:
    """Position by position as in `Abreast`, with positions of zeros before and after.

    `(positions * batch, channels)`, so many positions that tiles of four reach the last. The zeros
    are there after `enter`, `convolve` and `plus`; a gradient that is read must have passed a mask
    that has them. A few tiles in a row are one group, and one group is finished
    before the next, so that its values stay in the processor's cache.

    Args:
        batch: sequences.
        length: positions of each.
        kernel: positions that a convolution reads: 3 or 5.
    """

    batch: int
    length: int
    kernel: int

    def enter(self, h: Tensor) -> Tensor:
        """See `Layout`, as for the others; a copy."""
        laid = h.new_zeros(self._positions, self.batch, h.shape[2])
        laid[self._reach : self._reach + self.length] = h.transpose(0, 1)
        return laid.flatten(0, 1)

    def leave(self, laid: Tensor) -> Tensor:
        """Likewise."""
        positions = laid.view(self._positions, self.batch, -1)
        held = positions[self._reach : self._reach + self.length]
        return held.transpose(0, 1).contiguous()

    def convolve(self, laid: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Likewise."""
        y = laid.new_empty(len(laid), len(weight))
        y[: self._reach * self.batch] = 0  # or it stays unwritten, and no mask takes NaN away
        return self._convolve_(y, 0.0, 1.0, laid, weight, bias)

    def rectified(self, laid: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Likewise."""
        return self.convolve(laid, weight, bias).relu_()

    def plus(
        self, h: Tensor, scale: float, laid: Tensor, weight: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        """Likewise; writes over `h`."""
        return self._convolve_(h, 1.0, scale, laid, weight, bias)

    def input_gradient(self, adjoint: Tensor, weight: Tensor, scale: float = 1.0) -> Tensor:
        """Likewise."""
        a, b, _ = self._constants(adjoint)
        u = self._at_points(weight.transpose(0, 1))
        x = adjoint.new_zeros(len(adjoint), weight.shape[2])
        for read, written in zip(self._inputs(x), self._outputs(adjoint), strict=True):
            # Neighbouring groups read some inputs alike: what each has of them is added.
            read.addmm_(b.t(), self._products(a @ written, u), alpha=scale)
        return x

    def add_weight_gradient(
        self, weight: Tensor, laid: Tensor, adjoint: Tensor, scale: float
    ) -> None:
        """Likewise."""
        _, _, g = self._constants(laid)
        by_place = (scale * g.t()) @ self._weight_products(laid, adjoint).flatten(1)
        out, kernel, channels = weight.shape
        add_gradient(weight, by_place.view(kernel, out, channels).transpose(0, 1))

    def _convolve_(
        self,
        y: Tensor,
        beta: float,
        alpha: float,
        laid: Tensor,
        weight: Tensor,
        bias: Tensor | None,
    ) -> Tensor:
        # beta * y + alpha * the convolution, in y, of which what lies before stays as it is.
        a, b, _ = self._constants(laid)
        u, one = self._at_points(weight.permute(1, 2, 0)), POINTS[self.kernel].index(1)
        for read, written in zip(self._inputs(laid), self._outputs(y), strict=True):
            products = self._products(b @ read, u)
            if bias is not None:  # what is added at the point 1 is added to every output
                self._by_point(products, len(bias))[one].add_(bias)
            written.addmm_(a.t(), products, beta=beta, alpha=alpha)
        y[(self._reach + self.length) * self.batch :] = 0
        return y

    @property
    def _reach(self) -> int:
        return self.kernel // 2

    @property
    def _tiles(self) -> int:
        return -(-self.length // TILE)

    @property
    def _together(self) -> int:
        # Two tiles are as fast together as one after the other, and more for a second thread.
        return 3 if self._tiles == 3 else 2 - self._tiles % 2

    @property
    def _positions(self) -> int:
        return TILE * self._tiles + 2 * self._reach

    def _constants(self, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return constants(self.kernel, self._together, like.dtype)

    def _groups(self, laid: Tensor, first: int, more: int) -> list[Tensor]:
        # Each group's positions from the first on, and so many more: (positions, batch * channels).
        rows, step = laid.view(self._positions, -1), TILE * self._together
        starts = range(first, first + TILE * self._tiles, step)
        return [rows[start : start + step + more] for start in starts]

    def _inputs(self, laid: Tensor) -> list[Tensor]:
        return self._groups(laid, 0, 2 * self._reach)

    def _outputs(self, laid: Tensor) -> list[Tensor]:
        return self._groups(laid, self._reach, 0)

    def _at_points(self, by_place: Tensor) -> Tensor:
        # U, (points, …), of (kernel, …); made anew each time: ten of width 512, kept, are 84 MB.
        _, _, g = self._constants(by_place)
        return (g @ by_place.reshape(self.kernel, -1)).view(len(g), *by_place.shape[1:])

    def _weight_products(self, laid: Tensor, adjoint: Tensor) -> Tensor:
        # P' V: (points, out, in).
        a, b, g = self._constants(laid)
        product = laid.new_zeros(len(g), adjoint.shape[1], laid.shape[1])
        for read, written in zip(self._inputs(laid), self._outputs(adjoint), strict=True):
            p = self._by_point(a @ written, adjoint.shape[1])
            product.baddbmm_(p.transpose(1, 2), self._by_point(b @ read, laid.shape[1]))
        return product

    def _by_point(self, values: Tensor, channels: int) -> Tensor:
        # (points * tiles, batch * channels) to (points, tiles * batch, channels).
        return values.view(-1, self._together * self.batch, channels)

    def _products(self, values: Tensor, matrices: Tensor) -> Tensor:
        products = torch.bmm(self._by_point(values, matrices.shape[1]), matrices)
        return products.view(len(values), -1)
