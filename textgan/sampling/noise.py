"""The noise that samples are made of, on the processor, ahead of the networks where those wait.

A sample depends on its seed and its own number alone: noise is drawn a chunk of samples after
another, by the chunk's number. One processor draws it more slowly than a GPU uses it up, so for a
GPU threads draw, each a chunk at a time, into memory that the GPU reads while it computes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from textgan.errors import InputError, choose, whole
from textgan.networks.generator import Generator
from textgan.text.cleaning import Cleaning, clean
from textgan.training.draws import SAMPLE_LABEL, SAMPLE_LATENT, SAMPLE_SYMBOL, noise

T = TypeVar("T")

CHUNK = 256
"""Samples are drawn in chunks of this many, so that they never depend on how many are asked for."""

AHEAD = 2
"""Passes whose noise may be drawn before the networks take it."""


@dataclass(frozen=True)
class Asked:
    """Which samples are asked for, by `TextGAN.sample`'s arguments.

    Raises:
        InputError: a value means nothing.
    """

    n: int
    seed: int = 0
    temperature: float = 0.0
    truncation: float | None = None
    best_of: int = 1
    shares: tuple[float, ...] = ()
    """Of each label, of any sum; none where lines have no labels."""

    def __post_init__(self) -> None:
        for name, least in (("n", 0), ("seed", None), ("best_of", 1)):
            object.__setattr__(self, name, whole(getattr(self, name), name, least))
        heat, limit = self.temperature, self.truncation
        if not (isinstance(heat, Real) and heat >= 0):  # nor is what is not a number
            raise InputError(f"temperature is {heat!r:.60}; it must be a number, at least 0")
        if limit is not None and not (isinstance(limit, Real) and limit > 0):
            raise InputError(f"truncation is {limit!r:.60}; it must be a number greater than 0")


def chunks_of(n: int, rank: int = 0, count: int = 1) -> range:
    """The chunks that `n` lines take; with `count` processes, those of process `rank`."""
    chunks = -(-n // CHUNK)
    return range(chunks * rank // count, chunks * (rank + 1) // count)


def numbers_of(n: int, chunks: range) -> range:
    """The numbers of those of `n` lines that `chunks` hold."""
    return range(chunks.start * CHUNK, min(n, chunks.stop * CHUNK))


class Noise(NamedTuple):
    """Of one pass."""

    latents: Tensor
    """`(rows, latent)`."""
    uniform: Tensor | None
    """`(rows, length)`, where symbols are drawn with them."""
    labels: Tensor | None
    """`(rows,)`, where lines have any."""


def noises(
    generator: Generator, asked: Asked, chunks: range, passes: Iterable[range], threads: int
) -> Iterator[Noise]:
    """The noise of each pass, and within it of each of `asked.best_of` tries.

    Args:
        generator: that will take it.
        asked: what is wanted.
        chunks: whose noise is drawn; those beside them in a pass get zeros.
        passes: chunks of each.
        threads: that draw ahead; with none, a pass's noise is drawn when it is wanted.
    """

    def begun(submit: Callable[..., Future[None]]) -> Iterator[Callable[[], Noise]]:
        # Of a kind that a GPU reads while it computes, where there is one.
        pinned = threads > 0 and torch.cuda.is_available()
        room = partial(torch.empty, dtype=torch.float32, device="cpu", pin_memory=pinned)
        for of_pass in passes:
            own = range(max(of_pass.start, chunks.start), min(of_pass.stop, chunks.stop))
            beside = (own.start - of_pass.start) * CHUNK, (of_pass.stop - own.stop) * CHUNK
            rows = len(own) * CHUNK
            labels = None
            if asked.shares:
                labels = torch.cat([labels_of(asked.shares, asked.seed, chunk) for chunk in own])
            # A run of chunks a task: handing one over takes as long as drawing a tenth of one.
            run = -(-len(own) // max(1, threads))
            for attempt in range(asked.best_of):
                latents = room(rows, generator.latent)
                uniform = room(rows, generator.length) if asked.temperature > 0 else None
                tasks = []
                for i in range(0, len(own), run):
                    part = slice(i * CHUNK, (i + run) * CHUNK)
                    rooms = latents[part], None if uniform is None else uniform[part]
                    tasks.append(submit(_draw, asked, attempt, own[i : i + run], *rooms))
                yield partial(_drawn, tasks, Noise(latents, uniform, labels), beside)

    if not threads:
        yield from lagging(begun(at_once), 0)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from lagging(begun(pool.submit), AHEAD)


def latents_of(generator: Generator, seed: int, chunk: int) -> Tensor:
    """A chunk's latents, `(CHUNK, latent)`."""
    return noise((CHUNK, generator.latent), seed, chunk, SAMPLE_LATENT, False)


def named_label(labels: Mapping[str, int], label: str) -> str:
    """The one of `labels` that is called so, in the table perhaps with other white space.

    Args:
        labels: of a model, and how many training lines each had.
        label: as it is asked for.

    Raises:
        InputError: there is no such label, or none at all, or it is no string.
    """
    if not isinstance(label, str):
        raise InputError(f"label is {label!r:.60}; it must be a string, the name of one")
    if not labels:
        raise InputError(
            f"label is {label!r:.60} and this model knows none; leave it out, or train one on a "
            "corpus whose lines have labels (--labels)"
        )
    (name,) = clean([label], Cleaning())
    if not labels[choose("label", name, labels)]:
        raise InputError(f"label is {name!r}, and no training line had it; name another")
    return name


def shares_of(labels: Mapping[str, int], label: str | None = None) -> tuple[float, ...]:
    """The share of each label among lines that are asked for; nothing where there are none.

    Args:
        labels: and how many training lines each had.
        label: that all lines are to have; by default each is as frequent as it was.

    Raises:
        InputError: as `named_label`.
    """
    if label is None:
        return tuple(labels.values())
    own = named_label(labels, label)
    return tuple(float(name == own) for name in labels)


def labels_of(shares: tuple[float, ...], seed: int, chunk: int) -> Tensor:
    """The labels of a chunk's samples, drawn by their shares: `(CHUNK,)`."""
    upto = torch.tensor(shares, dtype=torch.float64).cumsum(0)
    uniform = noise((CHUNK,), seed, chunk, SAMPLE_LABEL, True).double() * upto[-1]
    return torch.searchsorted(upto, uniform, right=True)


def lagging(begun: Iterable[Callable[[], T]], behind: int) -> Iterator[T]:
    """What each gives, in their order; so many more are begun before one is waited for."""
    waiting: deque[Callable[[], T]] = deque()
    for wait in begun:
        waiting.append(wait)
        if len(waiting) > behind:
            yield waiting.popleft()()
    while waiting:
        yield waiting.popleft()()


def _draw(
    asked: Asked, attempt: int, chunks: range, latents: Tensor, uniform: Tensor | None
) -> None:
    """Fill the rows that belong to `chunks`."""
    kinds = [(latents, SAMPLE_LATENT, False)]
    if uniform is not None:
        kinds.append((uniform, SAMPLE_SYMBOL, True))
    for rows, purpose, even in kinds:
        for chunk, own in zip(chunks, torch.split(rows, CHUNK), strict=True):
            noise(tuple(own.shape), asked.seed, chunk, purpose + (attempt << 32), even, own)
    if asked.truncation is not None:
        latents.copy_(_truncated(latents, asked.truncation))


def _truncated(z: Tensor, limit: float) -> Tensor:
    # By the inverse of the normal distribution function, so that nothing is drawn twice.
    share = torch.special.ndtr(torch.tensor(float(limit), dtype=z.dtype, device=z.device))
    uniform = torch.special.ndtr(z)
    inside: Tensor = torch.special.ndtri((1 - share) + uniform * (2 * share - 1))
    return inside


def at_once(task: Callable[..., T], *arguments: object) -> Future[T]:
    """Do what a pool's `submit` would hand to a thread."""
    done: Future[T] = Future()
    done.set_result(task(*arguments))
    return done


def _drawn(tasks: list[Future[None]], noise: Noise, beside: tuple[int, int]) -> Noise:
    """What the tasks drew, when they have, and zeros for so many rows before and after it."""
    for task in tasks:
        task.result()
    if not any(beside):
        return noise
    latents, uniform, labels = noise
    return Noise(
        functional.pad(latents, (0, 0, *beside)),
        None if uniform is None else functional.pad(uniform, (0, 0, *beside)),
        None if labels is None else functional.pad(labels, beside),
    )
