"""From noise to symbols, and on to text, a pass of the networks at a time.

Every way of sampling goes through here.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch
from torch import Tensor

from textgan.networks.critic import Critics
from textgan.networks.generator import Generator, most_probable
from textgan.networks.precision import fast_dtype
from textgan.sampling.choosing import best
from textgan.sampling.noise import CHUNK, Asked, Noise, at_once, lagging, noises

T = TypeVar("T")
Written = tuple[Tensor, Tensor]
"""Symbols `(rows, length)`, and where they are wanted scores `(rows,)`; without them none."""

TOGETHER, NUMBERS = 64, 2**27
"""Chunks that a GPU writes in one pass, unless fewer make that many logits or activations."""

SHARED = 128
"""Channels from which all threads of a processor share one chunk. Sums are short below, and threads
that share them wait for one another."""

WRITING = 8
"""Threads of a processor that write: each holds Python's lock for a tenth of its time, and more
with small networks."""

DRAWING = 4
"""Threads that draw noise for a GPU: more of them keep the one that starts its kernels waiting."""

BEHIND = 2
"""Passes that the spelling of lines may be behind the networks."""


def chunks_together(generator: Generator) -> int:
    """Chunks of one pass: what keeps a GPU busy and fits its memory; one on a CPU."""
    if generator.output.weight.device.type == "cpu":
        return 1
    widest = max(generator.vocab, 4 * generator.width)
    return min(TOGETHER, max(1, NUMBERS // (CHUNK * generator.length * widest)))


def passes(
    generator: Generator, critic: Critics | None, asked: Asked, chunks: range, scored: bool
) -> Iterator[Written]:
    """Write what is asked for, pass by pass.

    Args:
        generator: writes.
        critic: chooses, where `asked.best_of` is more than one.
        asked: what is wanted.
        chunks: of `chunks_of(asked.n)`, those to write.
        scored: also give scores.

    Yields:
        Symbols `(rows, length)` and, where `scored`, the mean log2-probability of each row's
        symbols, `(rows,)`; where the networks are, unless the critic chose.
    """
    apart = generator.output.weight.device.type == "cpu" and generator.width < SHARED
    way = _a_chunk_a_thread if apart else _all_at_once
    return way(generator, critic, asked, chunks, scored)


def _all_at_once(
    generator: Generator, critic: Critics | None, asked: Asked, chunks: range, scored: bool
) -> Iterator[Written]:
    # A pass after another: of a chunk by all threads of a processor, of several by a GPU.
    together, most = chunks_together(generator), min(asked.n, chunks.stop * CHUNK)

    def of_passes() -> Iterator[range]:
        return (chunks[i : i + together] for i in range(0, len(chunks), together))

    # A processor that computes the networks itself would only be kept from it.
    ahead = generator.output.weight.device.type == "cuda"
    threads = min(DRAWING, torch.get_num_threads()) if ahead else 0
    noise = noises(generator, asked, of_passes(), together * CHUNK, threads)
    for of_pass in of_passes():
        symbols, scores = _chosen(generator, critic, asked, scored, noise)
        rows = slice(most - of_pass.start * CHUNK)
        yield symbols[rows], scores[rows]


def _a_chunk_a_thread(
    generator: Generator, critic: Critics | None, asked: Asked, chunks: range, scored: bool
) -> Iterator[Written]:
    # By operations of one thread each, a single chunk too: the same kernels write the same lines,
    # by however many threads and among however many lines.
    before = torch.get_num_threads()
    threads = min(WRITING, before)

    def written(chunk: int) -> Written:
        noise = noises(generator, asked, [range(chunk, chunk + 1)], CHUNK, 0)
        symbols, scores = _chosen(generator, critic, asked, scored, noise)
        rows = slice(asked.n - chunk * CHUNK)
        return symbols[rows], scores[rows]

    def begun(submit: Callable[..., Future[Written]]) -> Iterator[Callable[[], Written]]:
        return (submit(written, chunk).result for chunk in chunks)

    if threads == 1:
        yield from lagging(begun(at_once), 0)
        return
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield from lagging(begun(pool.submit), threads)
    finally:
        torch.set_num_threads(before)  # what threads that begin later go by, too


def _chosen(
    generator: Generator,
    critic: Critics | None,
    asked: Asked,
    scored: bool,
    noise: Iterator[Noise],
) -> Written:
    # What is written of the next noise; of that of `asked.best_of` tries by the critic's choice.
    tries = (
        write(generator, latents, asked.temperature, uniform, scored)
        for latents, uniform in islice(noise, asked.best_of)
    )
    return next(tries) if critic is None or asked.best_of == 1 else best(tries, critic)


@torch.inference_mode()
def write(
    generator: Generator,
    latents: Tensor,
    temperature: float = 0.0,
    uniform: Tensor | None = None,
    scored: bool = False,
) -> Written:
    """The symbols of latents; on a GPU nothing here waits for it.

    Args:
        generator: writes.
        latents: `(batch, latent)`.
        temperature: of the softmax that symbols are drawn from.
        uniform: what they are drawn with, `(batch, length, vocab)`; without it the most probable
            ones are taken.
        scored: also give scores.

    Returns:
        Symbols and scores as one of `passes`; scores are empty where they are not wanted.
    """
    device, length = generator.output.weight.device, generator.length
    symbols, scores, at = [], [], 0
    for slab in generator.slabs(latents.to(device, non_blocking=True), fast_dtype(device)):
        logits = slab.float()
        preferred = logits
        if uniform is not None:
            # The Gumbel-max trick: the argmax of logits plus Gumbel noise is a softmax draw.
            drawn = uniform.flatten(0, 1)[at : at + len(logits)].to(device, non_blocking=True)
            preferred = logits / temperature - (-drawn.clamp(1e-20, 1 - 1e-7).log()).log()
        chosen = most_probable(preferred)
        symbols.append(chosen)
        if scored:
            likely = logits.gather(-1, chosen[:, None]).squeeze(-1) - logits.logsumexp(-1)
            scores.append(likely / math.log(2))
        at += len(logits)
    means = torch.cat(scores).view(-1, length).mean(-1) if scored else latents.new_empty(0)
    return torch.cat(symbols).view(-1, length), means


def delivered(found: Iterator[tuple[Tensor, ...]], spelled: Callable[..., T]) -> Iterator[T]:
    """What `spelled` makes on the processor of tensors that come from where the networks are.

    It has a thread of its own while the networks write what is next. On a GPU their kernels are
    started by the calling thread.
    """
    with ThreadPoolExecutor(1) as speller:

        def begun() -> Iterator[Callable[[], T]]:
            for tensors in found:
                yield speller.submit(_made, _leaving(tensors), spelled).result

        yield from lagging(begun(), BEHIND)


def _made(arriving: Callable[[], list[Tensor]], spelled: Callable[..., T]) -> T:
    return spelled(*arriving())


def _leaving(tensors: tuple[Tensor, ...]) -> Callable[[], list[Tensor]]:
    """Send tensors to the processor; what is returned waits for them and hands them over."""
    if all(tensor.device.type != "cuda" for tensor in tensors):
        return lambda: [tensor.cpu() for tensor in tensors]
    there = [tensor.to("cpu", non_blocking=True) for tensor in tensors]
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()

    def wait() -> list[Tensor]:
        arrived.synchronize()
        return there

    return wait
