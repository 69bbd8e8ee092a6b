"""Builds a prepared corpus in two passes over the text, neither of which holds it in memory.

First: read → clean → cut → hash → append to the text of a split. Then, with a tokenizer trained on
the train split: drop duplicates → encode. A subword tokenizer must stand before anything can be cut
in its symbols: it is trained on the cleaned, uncut lines whose own hash falls into the train split,
of which it sees the first `LONGEST` characters, and of a large corpus on as many as `one_in` says.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, compress
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from textgan.errors import InputError
from textgan.text.cleaning import Cleaning, clean
from textgan.text.encoded import encode_split, stored_chunks, write_lines
from textgan.text.labels import Census, cleaned_labels, joined, labels_of, rewritten, some_of
from textgan.text.measure import SUBWORDS, Measure, default_length, measure_for
from textgan.text.reading import Chunk
from textgan.text.repeats import Repeats
from textgan.text.splits import SPLITS, line_hashes, split_numbers
from textgan.text.summary import Lengths, Summary
from textgan.text.tokenizer import Tokenizer

Progress = Callable[[str, int, int | None], None]
LEARNING = "learning a vocabulary from"
LONGEST = 65_536
LEARNT_FROM = 2_000_000  # lines
LEARNT_CHARACTERS = 50_000_000  # 25 bytes each where SentencePiece sorts the lines
UNBROKEN_CHARACTERS = 16_000_000
"""Where words are so long that hardly one comes twice: a learner keeps each, 80 bytes a symbol."""
UNBROKEN = 20  # characters of a word, on average


@dataclass(frozen=True)
class Settings:
    """All that decides what becomes of the text; with its digest, the key of the cache."""

    tokenizer: str
    length: int | None
    too_long: Literal["cut", "skip"]
    duplicates: Literal["drop", "keep"]
    unknown: Literal["skip", "keep"]
    cleaning: Cleaning
    vocab_size: int | None = None
    max_vocab: int = 65_536


def build(
    chunks: Iterator[Chunk], settings: Settings, folder: Path, expected: int | None, tell: Progress
) -> Summary:
    """Write texts, arrays and tokenizer of a corpus into `folder`.

    Args:
        chunks: the records of the source, consumed once.
        settings: what to do with them.
        folder: empty, and there.
        expected: how many records there will be, where known.
        tell: progress.

    Raises:
        InputError: nothing is left, with the reasons; or what the tokenizer refuses.
    """
    counts: Counter[str] = Counter()
    lines = cleaned(chunks, settings.cleaning, counts, expected, tell)
    tokenizer = None
    head = next(lines, [])
    lines, labelled = chain([head], lines), labels_of(head) is not None
    if settings.tokenizer in SUBWORDS:
        spool = folder / "cleaned.part"
        with spool.open("wb") as stream:
            for chunk in lines:
                chunk = rewritten(chunk, [line[:LONGEST] for line in chunk])
                write_lines(stream, chunk)
                counts["characters"] += sum(map(len, chunk))
                counts["spaces"] += sum(line.count(" ") for line in chunk)
        refuse_nothing(counts, settings)
        total = counts["read"] - counts["blank"]
        learnt = counter("learn", total, tell)
        every = one_in(total, counts["characters"], counts["spaces"])
        some = in_train(told(stored_chunks(spool, labelled), learnt), every)
        tokenizer = trained(settings, announced(some, tell))
        lines = told(stored_chunks(spool, labelled), counter("cut", total, tell))

    measure = measure_for(settings.tokenizer, tokenizer)
    head = next(lines, [])
    lines = chain([head], lines)
    refuse_nothing(counts, settings)
    length = settings.length or default_length(measure.lengths(head))
    drop = settings.duplicates == "drop"
    repeats = {split: Repeats(folder / split) for split in SPLITS} if drop else {}
    census = Census()
    lengths = divide(lines, measure, length, settings, folder, counts, repeats, census)
    refuse_nothing(counts, settings)
    names = census.names()
    compared = counter("compare", sum(counts[split] for split in SPLITS), tell)
    for split, those in repeats.items():
        found = those.settle(compared)
        counts["duplicates"] += found
        counts[split] -= found
    parts = {split: [split] for split in SPLITS}
    if not counts["train"]:  # a handful of lines, all hashed elsewhere: none is held out
        parts = {"train": [*SPLITS], "validation": [], "test": []}

    def text(split: str) -> Iterator[Chunk]:
        for part in parts[split]:
            chunks = stored_chunks(folder / f"{part}.part", labelled)
            yield from repeats[part].without(chunks) if repeats else chunks

    if tokenizer is None:
        learnt = counter("learn", counts["train"], tell)
        tokenizer = trained(settings, chain.from_iterable(told(text("train"), learnt)))
    tokenizer.save(folder / "tokenizer.json")
    encoded = counter("encode", sum(counts[split] for split in SPLITS), tell)
    sizes, strangers, of_label = {}, 0, {}
    for split in SPLITS:
        sizes[split], strange, of_label[split] = encode_split(
            text(split), folder, split, tokenizer, length,
            unknown=settings.unknown, names=names, done=encoded,
        )  # fmt: skip
        strangers += strange
    for part in folder.glob("*.part"):
        part.unlink()
    skipped = strangers if settings.unknown == "skip" else 0
    if not sizes["train"]:
        raise InputError(
            f"every line holds symbols outside the vocabulary of {tokenizer.vocab_size:,}; "
            "raise --max-vocab or --vocab-size, or give --unknown keep"
        )
    return Summary(
        read=counts["read"],
        kept=sum(sizes.values()),
        dropped={**reasons(counts), "with unknown symbols": skipped},
        cut=counts["cut"],
        unknown=strangers - skipped,
        symbols=tokenizer.vocab_size - 3,
        length=length,
        tokenizer=tokenizer.name,
        lengths=lengths.percentiles(),
        splits=sizes,
        samples=samples(folder / "train.txt"),
        labels=dict(zip(names, of_label["train"], strict=True)),
    )


REASONS = ("blank", "without a label", "too short", "too long", "too short once cut", "duplicates")


def reasons(counts: Counter[str]) -> dict[str, int]:
    """How many lines went for each reason."""
    return {reason: counts[reason] for reason in REASONS}


def counter(stage: str, total: int, tell: Progress) -> Callable[[int], None]:
    """What adds up the lines that a stage is told of, and passes them on."""
    so_far = 0

    def done(lines: int) -> None:
        nonlocal so_far
        so_far += lines
        tell(stage, so_far, total)

    return done


def told(chunks: Iterator[Chunk], done: Callable[[int], None]) -> Iterator[Chunk]:
    """The chunks; `done` is told the size of each."""
    for chunk in chunks:
        done(len(chunk))
        yield chunk


def refuse_nothing(counts: Counter[str], settings: Settings) -> None:
    """Raise `InputError` where no line is left, and say why.

    Called when all that came before the step at hand has been read; where lines were seen but the
    counts are not complete yet, it lets them pass.
    """
    lost = sum(reasons(counts).values())
    if counts["read"] > lost:
        return
    if counts["without a label"] and counts["without a label"] + counts["blank"] == lost:
        raise InputError(f"--labels: none of {counts['read']:,} lines has a label; name another")
    if not counts["read"] or counts["blank"] == counts["read"]:
        raise InputError("holds no lines" if not counts["read"] else "holds only blank lines")
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons(counts).items() if count)
    length = f"--length {settings.length}, " if settings.length else ""
    raise InputError(
        f"none of {counts['read']:,} lines is left ({why}); see {length}"
        f"--too-long {settings.too_long} and --min-length {settings.cleaning.min_length}"
    )


def cleaned(
    chunks: Iterator[Chunk],
    cleaning: Cleaning,
    counts: Counter[str],
    expected: int | None,
    tell: Progress,
) -> Iterator[Chunk]:
    """The cleaned lines that are not blank."""
    for chunk in chunks:
        lines = rewritten(cleaned_labels(chunk), clean(chunk, cleaning))
        kept = some_of(lines, lines)
        counts["read"] += len(lines)
        counts["blank"] += len(lines) - len(kept)
        if (labels := labels_of(kept)) is not None and not all(labels):
            counts["without a label"] += labels.count("")
            kept = some_of(kept, labels)
        tell("read", counts["read"], expected)
        if kept:
            yield kept


def one_in(lines: int, characters: int, spaces: int) -> int:
    """Of how many lines a subword vocabulary is learned from one: from all where they are few."""
    broken = characters <= UNBROKEN * (lines + spaces)
    most = LEARNT_CHARACTERS if broken else UNBROKEN_CHARACTERS
    return max(-(-lines // LEARNT_FROM), -(-characters // most))


def announced(lines: Iterator[str], tell: Progress) -> Iterator[str]:
    """The lines; at their end, when a library begins to learn and says nothing, their number."""
    number = 0
    for line in lines:
        number += 1
        yield line
    tell(LEARNING, number, None)


def trained(settings: Settings, lines: Iterator[str]) -> Tokenizer:
    """The tokenizer that the settings name, trained on `lines`."""
    return Tokenizer.train(
        settings.tokenizer, lines, vocab_size=settings.vocab_size, max_vocab=settings.max_vocab
    )


def in_train(chunks: Iterator[Chunk], every: int) -> Iterator[str]:
    """The lines whose hash falls into the train split, or one in `every` of them, by hash too.

    Where none does, all of the first chunk.
    """
    first: Chunk | None = None
    found = False
    for chunk in chunks:
        first = first or chunk
        hashes = line_hashes(chunk)
        mask = (split_numbers(hashes) == 0) & (hashes // np.uint64(100) % np.uint64(every) == 0)
        kept = list(compress(chunk, mask))
        found = found or bool(kept)
        yield from kept
    if not found:
        yield from first or []


def divide(
    chunks: Iterator[Chunk],
    measure: Measure,
    length: int,
    settings: Settings,
    folder: Path,
    counts: Counter[str],
    repeats: dict[str, Repeats],
    census: Census,
) -> Lengths:
    """Cut lines, append each to the text of its split, and tell `repeats` and `census` of it.

    Returns:
        The lengths of the lines before cutting.
    """
    lengths = Lengths()
    with ExitStack() as stack:
        files = [stack.enter_context((folder / f"{split}.part").open("wb")) for split in SPLITS]
        for chunk in chunks:
            sizes = measure.lengths(chunk)
            lengths.add(sizes)
            lines = fitted(chunk, sizes, measure, length, settings, counts)
            census.add(lines)
            hashes = line_hashes(lines)
            numbers = split_numbers(hashes)
            if labels_of(lines) is not None:  # the same line of two kinds is two lines
                hashes = line_hashes(joined(lines))
            for number, (split, file) in enumerate(zip(SPLITS, files, strict=True)):
                own = numbers == number
                counts[split] += int(own.sum())
                write_lines(file, some_of(lines, own))
                if repeats:
                    repeats[split].add(hashes[own])
    return lengths


def fitted(
    lines: list[str],
    sizes: NDArray[np.int64],
    measure: Measure,
    length: int,
    settings: Settings,
    counts: Counter[str],
) -> list[str]:
    """The lines that are long enough, and short enough or cut."""
    least = settings.cleaning.min_length
    keep = sizes >= least
    over = sizes > length
    counts["too short"] += int((~keep).sum())
    if settings.too_long == "skip":
        counts["too long"] += int((over & keep).sum())
        keep &= ~over
    elif over.any():
        where = np.flatnonzero(over & keep)
        short = [measure.cut(lines[i], length) for i in where]
        if settings.cleaning.whitespace != "keep":
            short = [line.rstrip() for line in short]
        lines = rewritten(lines, lines.copy())
        for i, line, size in zip(where, short, measure.lengths(short), strict=True):
            lines[i] = line
            keep[i] = size >= least and not line.isspace()
        counts["too short once cut"] += int((~keep[where]).sum())
        counts["cut"] += int(keep[where].sum())
    return lines if keep.all() else some_of(lines, keep)


def samples(path: Path) -> tuple[str, ...]:
    """Three lines from the beginning, the middle and the end of the first block of a text."""
    lines = next(stored_chunks(path))
    return tuple(lines[i] for i in sorted({0, len(lines) // 2, len(lines) - 1}))
