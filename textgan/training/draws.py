"""What is drawn when: noise is a function of (seed, step), the order of lines of (seed, epoch).

No random state is kept, so a resumed run sees what it would have seen, and every process of many
draws its part of the same. The order needs no memory either. A four-round Feistel network over the
smallest even number of bits that holds the corpus is a permutation of that range; walking along
its cycle until the value lies within the corpus makes it a permutation of the corpus (Black and
Rogaway 2002, "Ciphers with Arbitrary Finite Domains").
"""

from operator import index

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ROUNDS = 4
ROWS = 64
"""Rows of a batch's noise that are drawn together."""
SAMPLE_LATENT, SAMPLE_SYMBOL, SAMPLE_LABEL = 0, 1, 1 << 31
"""Purposes of the noise that samples are drawn from; the step is then the number of a chunk."""


def latent_of(repeat: int) -> int:
    """Purpose of a critic step's latents; the generator step comes after the last of them."""
    return 2 + 2 * repeat


def mix_of(repeat: int) -> int:
    """Purpose of a critic step's mixing weights."""
    return 3 + 2 * repeat


def lines_of_draw(
    draw: int, batch: int, lines: int, seed: int, rows: range | None = None
) -> NDArray[np.int64]:
    """The lines of one batch of the endless, epoch-wise shuffled stream.

    Args:
        draw: number of the batch, from 0.
        batch: lines a batch; may exceed the corpus, which is then read more than once.
        lines: lines of the corpus, at least 1.
        seed: of the run.
        rows: of the batch; all of them by default.

    Returns:
        Line numbers, `(rows,)`. Each epoch of `lines` draws holds every line once.
    """
    rows = range(batch) if rows is None else rows
    place = np.arange(rows.start, rows.stop, dtype=np.int64) + draw * batch
    epochs = place // lines
    chosen = np.empty(len(place), np.int64)
    for epoch in np.unique(epochs):
        here = epochs == epoch
        chosen[here] = permute(place[here] % lines, lines, seed, int(epoch))
    return chosen


def permute(places: NDArray[np.int64], lines: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Where `places` (each within `range(lines)`) go in the permutation of `(seed, epoch)`."""
    half = max(1, ((lines - 1).bit_length() + 1) // 2)
    state = np.random.SeedSequence((seed, epoch)).generate_state(ROUNDS, np.uint64)
    keys = state.astype(np.uint64)
    values = _feistel(places.astype(np.uint64), half, keys)
    outside = values >= lines
    while outside.any():
        values[outside] = _feistel(values[outside], half, keys)
        outside = values >= lines
    return values.astype(np.int64)


def _feistel(values: NDArray[np.uint64], half: int, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mask = np.uint64((1 << half) - 1)
    shift = np.uint64(half)
    left, right = values >> shift, values & mask
    for key in keys:
        left, right = right, left ^ (_scramble(right ^ key) & mask)
    return (left << shift) | right


def _scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014): each bit in moves each bit out.
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def batch_noise(
    rows: range, shape: tuple[int, ...], seed: int, step: int, purpose: int, uniform: bool
) -> Tensor:
    """Rows of a batch's noise; each depends on (seed, step, purpose, its number) alone.

    Args:
        rows: which; their step is not heeded.
        shape: of a row.
        seed: see `noise`, as for the next three.
        step: likewise.
        purpose: likewise.
        uniform: likewise.

    Returns:
        float32, `(rows, *shape)`.
    """
    first, last = rows.start // ROWS, (rows.stop - 1) // ROWS
    blocks = [
        noise((ROWS, *shape), seed, step, purpose + (block << 32), uniform)
        for block in range(first, last + 1)
    ]
    return torch.cat(blocks)[rows.start - first * ROWS : rows.stop - first * ROWS]


def noise(
    shape: tuple[int, ...],
    seed: int,
    step: int,
    purpose: int,
    uniform: bool,
    out: Tensor | None = None,
) -> Tensor:
    """Random numbers that depend on (seed, step, purpose) alone, drawn on the CPU.

    Args:
        shape: of the draw.
        seed: of the run.
        step: generator update.
        purpose: tells apart the draws of one step.
        uniform: in [0, 1) rather than normal.
        out: where they go, contiguous; new memory by default.

    Returns:
        float32 of that shape.
    """
    generator = torch.Generator("cpu").manual_seed(_mixed(seed, step, purpose))
    draw = torch.rand if uniform else torch.randn
    # Whatever a program has made the default type and device: other numbers would be drawn.
    return draw(shape, generator=generator, out=out, dtype=torch.float32, device="cpu")


def _mixed(seed: int, step: int, purpose: int) -> int:
    # 32 bits, as many as torch takes of a seed on a CPU. Neighbouring steps get unrelated ones, and
    # any two of 2³² steps of one seed and purpose different ones: chance would give two of 40,000
    # chunks of samples the same lines once in five.
    state = 0
    for number in map(index, (seed, purpose)):  # numpy's integers overflow
        state = (state + number + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF  # SplitMix64
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    # The finaliser of MurmurHash3 (Appleby, in the public domain), a permutation of 32 bits.
    mixed = (index(step) + state) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)) ^ (state >> 32)
