"""Builds a prepared corpus in two passes over the text, neither of which holds it in memory.

First: read → clean → cut → drop duplicates → append to the text of a split. Then, with a tokenizer
trained on the train split: encode. A subword tokenizer must stand before anything can be cut in its
symbols: it is trained on the cleaned, uncut lines whose own hash falls into the train split, of
which it sees the first `LONGEST` characters.
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
from textgan.text.measure import SUBWORDS, Measure, default_length, measure_for
from textgan.text.reading import Chunk
from textgan.text.splits import SPLITS, Seen, line_hashes, split_numbers
from textgan.text.summary import Lengths, Summary
from textgan.text.tokenizer import Tokenizer

Progress = Callable[[str, int, int | None], None]
LONGEST = 65_536


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
    if settings.tokenizer in SUBWORDS:
        spool = folder / "cleaned.part"
        with spool.open("wb") as stream:
            for chunk in lines:
                write_lines(stream, [line[:LONGEST] for line in chunk])
        refuse_nothing(counts, settings)
        tell("learn", 0, None)
        tokenizer = trained(settings, in_train(stored_chunks(spool)))
        lines = stored_chunks(spool)

    measure = measure_for(settings.tokenizer, tokenizer)
    head = next(lines, [])
    lines = chain([head], lines)
    refuse_nothing(counts, settings)
    length = settings.length or default_length(measure.lengths(head))
    lengths = divide(lines, measure, length, settings, folder, counts)
    refuse_nothing(counts, settings)
    parts = {split: folder / f"{split}.part" for split in SPLITS}
    if not counts[
        "train"
    ]:  # a handful of lines, all hashed elsewhere: there is no training on none
        parts["train"].write_bytes(b"".join(parts[split].read_bytes() for split in SPLITS))
        for split in SPLITS[1:]:
            parts[split].write_bytes(b"")

    if tokenizer is None:
        tell("learn", 0, None)
        tokenizer = trained(settings, chain.from_iterable(stored_chunks(parts["train"])))
    tokenizer.save(folder / "tokenizer.json")
    total, encoded = sum(counts[split] for split in SPLITS), 0

    def done(lines: int) -> None:
        nonlocal encoded
        encoded += lines
        tell("encode", encoded, total)

    sizes, strangers = {}, 0
    for split, part in parts.items():
        sizes[split], strange = encode_split(
            part, folder, split, tokenizer, length, unknown=settings.unknown, done=done
        )
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
    )


REASONS = ("blank", "too short", "too long", "too short once cut", "duplicates")


def reasons(counts: Counter[str]) -> dict[str, int]:
    """How many lines went for each reason."""
    return {reason: counts[reason] for reason in REASONS}


def refuse_nothing(counts: Counter[str], settings: Settings) -> None:
    """Raise `InputError` where no line is left, and say why.

    Called when all that came before the step at hand has been read; where lines were seen but the
    counts are not complete yet, it lets them pass.
    """
    lost = sum(reasons(counts).values())
    if counts["read"] > lost:
        return
    if not counts["read"] or counts["blank"] == counts["read"]:
        raise InputError("holds no lines" if not counts["read"] else "holds only blank lines")
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons(counts).items() if count)
    raise InputError(
        f"none of {counts['read']:,} lines is left ({why}); "
        f"see --length {settings.length}, --too-long {settings.too_long} and --min-length"
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
        lines = clean(chunk, cleaning)
        kept = list(filter(None, lines))
        counts["read"] += len(lines)
        counts["blank"] += len(lines) - len(kept)
        tell("read", counts["read"], expected)
        if kept:
            yield kept


def trained(settings: Settings, lines: Iterator[str]) -> Tokenizer:
    """The tokenizer that the settings name, trained on `lines`."""
    return Tokenizer.train(
        settings.tokenizer, lines, vocab_size=settings.vocab_size, max_vocab=settings.max_vocab
    )


def in_train(chunks: Iterator[Chunk]) -> Iterator[str]:
    """The lines whose hash falls into the train split; where none does, all of the first chunk."""
    first: Chunk | None = None
    found = False
    for chunk in chunks:
        first = first or chunk
        kept = list(compress(chunk, split_numbers(line_hashes(chunk)) == 0))
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
) -> Lengths:
    """Cut lines, drop duplicates, and append each line to the text of its split.

    Returns:
        The lengths of the lines before cutting.
    """
    seen, lengths = Seen(), Lengths()
    with ExitStack() as stack:
        files = [stack.enter_context((folder / f"{split}.part").open("wb")) for split in SPLITS]
        for chunk in chunks:
            sizes = measure.lengths(chunk)
            lengths.add(sizes)
            lines = fitted(chunk, sizes, measure, length, settings, counts)
            hashes = line_hashes(lines)
            if settings.duplicates == "drop":
                fresh = seen.fresh(hashes)
                counts["duplicates"] += len(lines) - int(fresh.sum())
                lines, hashes = list(compress(lines, fresh)), hashes[fresh]
            numbers = split_numbers(hashes)
            for number, (split, file) in enumerate(zip(SPLITS, files, strict=True)):
                own = list(compress(lines, numbers == number))
                counts[split] += len(own)
                write_lines(file, own)
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
        lines = lines.copy()
        for i, line, size in zip(where, short, measure.lengths(short), strict=True):
            lines[i] = line
            keep[i] = size >= least and not line.isspace()
        counts["too short once cut"] += int((~keep[where]).sum())
        counts["cut"] += int(keep[where].sum())
    return lines if keep.all() else list(compress(lines, keep))


def samples(path: Path) -> tuple[str, ...]:
    """Three lines from the beginning, the middle and the end of the first block of a text."""
    lines = next(stored_chunks(path))
    return tuple(lines[i] for i in sorted({0, len(lines) // 2, len(lines) - 1}))
