"""From noise to symbols, and on to text, a pass of the networks at a time.

Every way of sampling goes through here.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import torch
from torch import Tensor

from textgan.networks.critic import Critics
from textgan.networks.generator import Generator, most_probable
from textgan.networks.precision import fast_dtype
from textgan.sampling.choosing import best
from textgan.sampling.noise import CHUNK, Asked, Noise, at_once, lagging, noises, numbers_of

T = TypeVar("T")
Written = tuple[Tensor, Tensor]
"""Symbols `(rows, length)`, and where they are wanted scores `(rows,)`; without them none."""

TOGETHER, NUMBERS = 64, 2**27
"""Chunks that a GPU writes in one pass, unless fewer make that many logits or activations."""

FEW, FEWER_NUMBERS = 8, 2**19
"""The same of a processor, of activations alone: Python has its say less often, and what a pass
holds stays near."""

SHARED = 128
"""Channels from which all threads of a processor share one pass. Sums are short below, and threads
that share them wait for one another."""

WRITING = 8
"""Threads of a processor that write: each holds Python's lock for a tenth of its time, and more
with small networks."""

DRAWING = 4
"""Threads that draw noise for a GPU: more of them keep the one that starts its kernels waiting."""

BEHIND = 2
"""Passes that the spelling of lines may be behind the networks."""

COLDEST = 1e-30
"""The least temperature that scores are divided by; long before it the most probable are drawn."""


def chunks_together(generator: Generator) -> int:
    """Chunks of the longest pass, a power of two: what keeps a device busy and fits its memory."""
    numbers = CHUNK * generator.length
    if generator.output.weight.device.type == "cpu":
        most = min(FEW, FEWER_NUMBERS // (numbers * generator.width))
    else:
        widest = max(generator.vocab, 4 * generator.width)
        most = min(TOGETHER, NUMBERS // (numbers * widest))
    return 1 << max(1, most).bit_length() - 1


def passes_of(generator: Generator, chunks: range) -> Iterator[range]:
    """The passes that write `chunks`, each as all of the chunks that it is of.

    A line's place in its pass and the length of that follow from its number alone: the same kernels
    write it, however many are asked for. On a processor the first ones are of one chunk, and none
    is of more than a quarter of the chunks before it, for who asks for few waits for whole passes.
    """
    most, chunk = chunks_together(generator), chunks.start
    while chunk < chunks.stop:
        size = most
        if generator.output.weight.device.type == "cpu":
            size = min(most, max(1, 1 << chunk.bit_length() >> 3))
        first = chunk - chunk % size
        yield range(first, first + size)
        chunk = first + size


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
    way = _a_pass_a_thread if apart else _one_after_another
    wanted = numbers_of(asked.n, chunks)
    written = way(generator, critic, asked, chunks, scored)
    for of_pass, (symbols, scores) in zip(passes_of(generator, chunks), written, strict=True):
        first = of_pass.start * CHUNK
        own = slice(max(0, wanted.start - first), wanted.stop - first)
        yield symbols[own], scores[own]


def _one_after_another(
    generator: Generator, critic: Critics | None, asked: Asked, chunks: range, scored: bool
) -> Iterator[Written]:
    # Each by all threads of a processor, or by a GPU; noise is drawn ahead for a GPU alone, since a
    # processor that computes the networks itself would only be kept from it.
    ahead = generator.output.weight.device.type == "cuda"
    threads = min(DRAWING, torch.get_num_threads()) if ahead else 0
    noise = noises(generator, asked, chunks, passes_of(generator, chunks), threads)
    for _ in passes_of(generator, chunks):
        yield _chosen(generator, critic, asked, scored, noise)


def _a_pass_a_thread(
    generator: Generator, critic: Critics | None, asked: Asked, chunks: range, scored: bool
) -> Iterator[Written]:
    # By operations of one thread each, a single pass too: the same kernels write the same lines,
    # by however many threads.
    before = torch.get_num_threads()
    threads = min(WRITING, before)

    def written(of_pass: range) -> Written:
        noise = noises(generator, asked, chunks, [of_pass], 0)
        return _chosen(generator, critic, asked, scored, noise)

    def begun(submit: Callable[..., Future[Written]]) -> Iterator[Callable[[], Written]]:
        return (submit(written, of_pass).result for of_pass in passes_of(generator, chunks))

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
    first = next(noise)
    tries = (
        write(generator, each.latents, asked.temperature, each.uniform, scored, each.labels)
        for each in chain([first], islice(noise, asked.best_of - 1))
    )
    if critic is None or asked.best_of == 1:
        return next(tries)
    return best(tries, critic, first.labels)


@torch.inference_mode()
def write(
    generator: Generator,
    latents: Tensor,
    temperature: float = 0.0,
    uniform: Tensor | None = None,
    scored: bool = False,
    labels: Tensor | None = None,
) -> Written:
    """The symbols of latents; on a GPU nothing here waits for it.

    Args:
        generator: writes.
        latents: `(batch, latent)`.
        temperature: of the softmax that symbols are drawn from.
        uniform: what they are drawn with, `(batch, length)`; without it the most probable ones are
            taken.
        scored: also give scores.
        labels: of the lines, `(batch,)`, where they have any.

    Returns:
        Symbols and scores as one of `passes`; scores are empty where they are not wanted.
    """
    device, length = generator.output.weight.device, generator.length
    symbols, scores, at = [], [], 0
    told = None if labels is None else labels.to(device, non_blocking=True)
    latents = latents.to(device, non_blocking=True)
    for slab in generator.slabs(latents, fast_dtype(device), told):
        logits = slab.float()
        if uniform is None:
            chosen = most_probable(logits)
        else:
            own = uniform.flatten()[at : at + len(logits)].to(device, non_blocking=True)
            chosen = drawn(logits.clone() if scored else logits, temperature, own)
        symbols.append(chosen)
        if scored:
            likely = logits.gather(-1, chosen[:, None]).squeeze(-1) - logits.logsumexp(-1)
            scores.append(likely / math.log(2))
        at += len(logits)
    means = torch.cat(scores).view(-1, length).mean(-1) if scored else latents.new_empty(0)
    return torch.cat(symbols).view(-1, length), means


def drawn(scores: Tensor, temperature: float, uniform: Tensor) -> Tensor:
    """A symbol of each row's softmax, by the inverse of its distribution function.

    One number decides, where Gumbel noise on the scores would take one a symbol and two logarithms
    of it. Float32 tells 2^24 of them apart: symbols rarer than that are drawn too often or never.

    Args:
        scores: before the softmax, `(rows, vocab)`; written over.
        temperature: that they are divided by.
        uniform: in [0, 1), `(rows,)`.

    Returns:
        Symbols, `(rows,)`; none whose probability is nothing.
    """
    upto = torch.softmax(scores.div_(max(temperature, COLDEST)), -1).cumsum_(-1)
    # Of a number below one the product is below the sum of all, so that there is one beyond it.
    found = torch.searchsorted(upto, uniform[:, None] * upto[:, -1:], right=True)
    return found.squeeze(-1)


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
