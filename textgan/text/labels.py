"""Labels: of what kind each line is, carried beside the lines of a chunk until both are numbers."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textgan.chunks import in_chunks
from textgan.errors import InputError
from textgan.text.cleaning import Cleaning, clean
from textgan.text.packed import PACKED
from textgan.text.reading import CHARACTERS, LINES, Chunk

PLACES = ("file", "folder")
"""What a line may be labelled by besides a column: the name of its file, or of its folder."""

MOST, LONGEST = 1_024, 100
"""Different labels of a corpus, and characters of one: more is no kind, but text of its own."""

NUMBER: np.dtype[np.unsignedinteger] = np.dtype(np.uint16)


class Labelled(list[str]):
    """A chunk whose lines have labels.

    Args:
        lines: of the chunk.
        labels: one a line.
    """

    def __init__(self, lines: Iterable[str], labels: Iterable[str]) -> None:
        super().__init__(lines)
        self.labels = list(labels)


def labels_of(chunk: Chunk) -> list[str] | None:
    """The labels of the lines, where they have any."""
    return chunk.labels if isinstance(chunk, Labelled) else None


def rewritten(chunk: Chunk, lines: list[str]) -> Chunk:
    """Other text for the lines of a chunk; their labels stay."""
    labels = labels_of(chunk)
    return lines if labels is None else Labelled(lines, labels)


def some_of(chunk: Chunk, wanted: Sequence[object] | NDArray[np.bool_]) -> Chunk:
    """The lines of a chunk that are `wanted`, with their labels."""
    labels, lines = labels_of(chunk), compress(chunk, wanted)
    return list(lines) if labels is None else Labelled(lines, compress(labels, wanted))


def joined(chunk: Chunk) -> list[str]:
    """The lines of a chunk, each after its label and a tab, which no label holds, if it has one."""
    labels = labels_of(chunk)
    if labels is None:
        return chunk
    return [f"{label}\t{line}" for label, line in zip(labels, chunk, strict=True)]


def parted(chunk: Chunk) -> Chunk:
    """What was `joined`."""
    labels, _, lines = zip(*(each.partition("\t") for each in chunk), strict=True)
    return Labelled(lines, labels)


def paired(pairs: Iterable[tuple[str, str]]) -> Iterator[Chunk]:
    """Lines, each with its label, in chunks."""
    some = in_chunks(pairs, LINES, CHARACTERS, lambda pair: len(pair[0]) + len(pair[1]))
    return (Labelled(*zip(*each, strict=True)) for each in some)


def place_of(name: str, place: str) -> str:
    """The label of a file, called `name`, by one of `PLACES`."""
    path = Path(os.path.abspath(name))  # whose folder has a name, and no link is followed
    if place == "folder":
        return path.parent.name
    packed = path.suffix.lower().removeprefix(".") in PACKED
    return Path(path.stem).stem if packed else path.stem


def placed(chunks: Iterator[Chunk], name: str, place: str) -> Iterator[Chunk]:
    """Label all lines of a file, called `name`, by one of `PLACES`."""
    label = place_of(name, place)
    return (Labelled(chunk, [label] * len(chunk)) for chunk in chunks)


def cleaned_labels(chunk: Chunk) -> Chunk:
    """A chunk whose labels are cleaned as lines are by default; blank ones are empty strings.

    Raises:
        InputError: a label is longer than `LONGEST`.
    """
    labels = labels_of(chunk)
    if labels is None:
        return chunk
    labels = clean(labels, Cleaning())
    long = next((label for label in labels if len(label) > LONGEST), None)
    if long is not None:
        raise InputError(
            f"--labels: {long[:40]!r} … is longer than {LONGEST} characters; name what is shorter"
        )
    return Labelled(chunk, labels)


def wrong_labels(labels: Mapping[str, int], count: int) -> str | None:
    """What is wrong with the labels of a model that knows `count`, if anything is.

    Args:
        labels: the names, and how many training lines each had.
        count: how many there should be.
    """
    if len(labels) != count:
        return f"labels: {len(labels)} are given, and the generator knows {count}"
    for label, lines in labels.items():
        if not isinstance(label, str) or not 0 < len(label) <= LONGEST:
            return f"labels: {label!r:.60} is no label"
        if clean([label], Cleaning()) != [label]:
            return f"labels: {label!r:.60} is not a line of text as cleaned ones are"
        if type(lines) is not int or not 0 <= lines < 2**53:
            return f"labels: {label!r:.60} is {lines!r:.60}"
    return (
        None if any(labels.values()) or not labels else "labels: no training line had any of them"
    )


def most_frequent(labels: Mapping[str, int]) -> list[str]:
    """The labels that training lines had, those that most had first.

    Args:
        labels: and how many training lines each had.
    """
    return sorted(filter(labels.__getitem__, labels), key=labels.__getitem__, reverse=True)


class Census:
    """Counts the lines of each label; there may be `MOST` labels."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, chunk: Chunk) -> None:
        """Take up the labels of a chunk.

        Raises:
            InputError: there are too many.
        """
        self.counts.update(labels_of(chunk) or ())
        if len(self.counts) > MOST:
            raise InputError(
                f"--labels: there are more than {MOST:,} different ones; name what has fewer kinds"
            )

    def names(self) -> list[str]:
        """The labels in order; their places are their numbers.

        Raises:
            InputError: there is only one.
        """
        if len(self.counts) == 1:
            raise InputError(
                f"--labels: every line has the label {next(iter(self.counts))!r}; leave it out, or "
                "name what tells lines apart"
            )
        return sorted(self.counts)


def numbered(chunk: Chunk, names: list[str]) -> NDArray[np.unsignedinteger]:
    """The number of each line's label, `(lines,)`."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[label] for label in labels_of(chunk) or ()], NUMBER)
