"""A corpus by its name, path or hub address; prepared once, and opened at once ever after."""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgan.errors import InputError, TextganError, WorldError, choose
from textgan.text import sources
from textgan.text.build import Progress, Settings, build
from textgan.text.cache import cache_folder, digest_of, fresh_folder
from textgan.text.card import Card, Hub, Local, built, read_card, shipped_card, shipped_names
from textgan.text.encoded import LABELS, open_rows, stored_chunks
from textgan.text.readers import format_of
from textgan.text.splits import SPLITS
from textgan.text.summary import Summary, describe, read_summary
from textgan.text.tokenizer import TOKENIZERS, Tokenizer

__all__ = ["SPLITS", "Card", "Corpus", "describe", "find_card", "plain_lines", "prepare"]

FORM = "1"  # raised when what is prepared changes, so that older folders are not taken for it
MAX_LENGTH = 65_536


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus: a folder of texts, encoded arrays and a tokenizer."""

    folder: Path
    card: Card
    length: int
    tokenizer: Tokenizer
    summary: Summary

    def lines(self, split: str, label: str | None = None) -> list[str]:
        """The cleaned and cut lines of a split, in the order of the source.

        Args:
            split: one of `SPLITS`.
            label: those of this one alone.

        Raises:
            InputError: there is no such label.
        """
        if label is not None:
            label = choose("label", label, self.summary.labels)
            return self.lines_by_label(split)[label]
        path = self.folder / f"{choose('split', split, SPLITS)}.txt"
        return path.read_bytes().decode().split("\n")[:-1]

    def lines_by_label(self, split: str) -> dict[str, list[str]]:
        """The lines of a split, those of each label in the order of the source."""
        names = list(self.summary.labels)
        found: dict[str, list[str]] = {name: [] for name in names}
        for line, number in zip(self.lines(split), self.labels(split).tolist(), strict=True):
            found[names[number]].append(line)
        return found

    def labels(self, split: str = "train") -> NDArray[np.unsignedinteger]:
        """The labels of a split's lines, by their places in `summary.labels`: (lines,)."""
        rows = open_rows(self.folder / f"{choose('split', split, SPLITS)}.{LABELS}")
        return rows[:, 0]

    def some_lines(self, split: str, most: int) -> list[str]:
        """`most` lines of a split from all over, as `spread` takes them, in memory for no more."""
        total = self.summary.splits[choose("split", split, SPLITS)]
        if total <= most:
            return self.lines(split)
        taken: list[str] = []
        every = chain.from_iterable(stored_chunks(self.folder / f"{split}.txt"))
        for number, line in enumerate(every):
            if number == len(taken) * total // most:
                taken.append(line)
        return taken

    def encoded(self, split: str = "train") -> NDArray[np.unsignedinteger]:
        """The memory-mapped ids of a split: (lines, length), smallest unsigned type, read-only."""
        return open_rows(self.folder / f"{choose('split', split, SPLITS)}.npy")


def find_card(
    corpus: str,
    *,
    column: str | int | None = None,
    labels: str | int | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    header: bool | None = None,
    separator: str | None = None,
) -> Card:
    """The card of a corpus, with the reading options put in.

    Args:
        corpus: a card's name, a path (a .toml file is a card of the user's), an address
            ``hf:owner/name[:split[:column]]``, or ``-`` for standard input.
        column: of a table, by name or by number from 0.
        labels: what says of what kind a line is: a column likewise, or "file" or "folder"; "none"
            takes back what the card says.
        encoding: of the bytes.
        errors: "strict", "replace" or "ignore".
        header: whether the first row of a table names its columns.
        separator: of a table's columns; "tab" is one.

    Raises:
        InputError: there is no such corpus; the message offers the nearest.
    """
    card = named_card(corpus)
    if errors is not None:
        choose("value of --errors:", errors, ("strict", "replace", "ignore"))
    given: dict[str, Any] = {
        "column": column,
        "labels": labels,
        "encoding": encoding,
        "errors": errors,
        "header": header,
        "separator": "\t" if separator in ("tab", "\\t") else separator,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    if labels == "none":
        changes["labels"] = None
    return replace(card, reading=replace(card.reading, **changes)) if changes else card


def named_card(corpus: str) -> Card:
    """The card that a name, path, hub address or ``-`` stands for, as it is."""
    if corpus == "-":
        return Card("stdin", Local("-"), "standard input")
    if corpus.startswith("hf:"):
        return hub_card(corpus)
    if corpus in shipped_names():
        return shipped_card(corpus)
    path = Path(corpus)
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if exists and path.suffix == ".toml":
        return read_card(path)
    if exists:
        stem = path.resolve().name
        form, packing = format_of(stem)
        stem = stem[: -len(packing) - 1] if packing else stem
        return Card(Path(stem).stem or "corpus", Local(corpus), f"{form} at {corpus}")
    if len(path.parts) > 1 or path.suffix:
        raise InputError(f"no such file or folder: {corpus}")
    try:
        return shipped_card(corpus)
    except InputError as error:
        raise InputError(f"{error} (nor is there a file or folder of that name)") from None


def hub_card(address: str) -> Card:
    """The card of ``hf:owner/name[:split[:column]]``."""
    name, *rest = address.removeprefix("hf:").split(":")
    if not name or len(rest) > 2:
        raise InputError(f"'{address}': a hub corpus is hf:owner/name[:split[:column]]")
    split, column = [*rest, "", ""][:2]
    card = Card(Path(name).name, Hub(name, split=split or "train"), address)
    return replace(card, reading=replace(card.reading, column=column or None))


def settings_for(card: Card, **given: Any) -> Settings:
    """The card's settings with those `given` that are not None, checked.

    Raises:
        InputError: a value that cannot be.
    """
    given = {name: value for name, value in given.items() if value is not None}
    cleaning = asdict(card.cleaning)
    cleaning |= {name: given.pop(name) for name in list(given) if name in cleaning}
    named = ("tokenizer", "length", "too_long", "duplicates", "unknown")
    own = {name: getattr(card, name) for name in named}
    settings = built(Settings, {**own, **given, "cleaning": cleaning}, "--")
    choose("tokenizer", settings.tokenizer, TOKENIZERS)
    length, least = settings.length, settings.cleaning.min_length
    if length is not None and not 1 <= length <= MAX_LENGTH:
        raise InputError(f"--length {length}: give a number of symbols, 1 to {MAX_LENGTH:,}")
    most, size = settings.max_vocab, settings.vocab_size
    if most < 4:
        raise InputError(f"--max-vocab {most}: give 4 or more: three stand outside the alphabet")
    if size is not None and not 4 <= size <= most:
        raise InputError(f"--vocab-size {size}: give 4 to {most:,}, or raise --max-vocab")
    if least < 1 or (length is not None and least > length):
        raise InputError(f"--min-length {least}: give 1 or more, and no more than --length")
    return settings


def short(name: str) -> str:
    """A card's name, cut where a file system that takes 255 bytes could not bear more after it."""
    data = name.encode("utf-8", "surrogateescape")
    return name if len(data) <= 128 else data[:128].decode("utf-8", "ignore")


def quiet(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


def prepare(
    card: Card,
    *,
    tokenizer: str | None = None,
    vocab_size: int | None = None,
    max_vocab: int = 65_536,
    unknown: str | None = None,
    length: int | None = None,
    too_long: str | None = None,
    duplicates: str | None = None,
    unicode: str | None = None,
    whitespace: str | None = None,
    case: str | None = None,
    min_length: int | None = None,
    progress: Progress | None = None,
    say: sources.Say = sources.to_stderr,
) -> Corpus:
    """The corpus of `card`: cleaned, cut, deduplicated, split, encoded, and kept in the cache.

    What is None comes from the card. A corpus without a length gets the smallest multiple of 8, at
    most 64, that holds 95 % of its first lines.

    Args:
        card: from `find_card`.
        tokenizer: one of `TOKENIZERS`; vocab_size: of the learned ones.
        vocab_size: see `Tokenizer.train`.
        max_vocab: likewise.
        unknown: "skip" leaves out lines with symbols outside the vocabulary, "keep" keeps them.
        length: of a sequence, in symbols; too_long: "cut" or "skip" longer lines.
        too_long: see `length`.
        duplicates: "drop", or "keep": all copies of a line are in one split.
        unicode: see `Cleaning`, as for the next three.
        whitespace: see `Cleaning`.
        case: see `Cleaning`.
        min_length: see `Cleaning`.
        progress: called with a stage ("read", "compare", "learn", "encode"; of subwords "cut" too,
            and "learning a vocabulary from" before a library is busy), lines done, and lines in all
            where known.
        say: told in one line what is fetched, and its licence.

    Raises:
        InputError: the source or an option is wrong, or no line is left.
        WorldError: the source cannot be fetched.
    """
    settings = settings_for(
        card, tokenizer=tokenizer, vocab_size=vocab_size, max_vocab=max_vocab, unknown=unknown,
        length=length, too_long=too_long, duplicates=duplicates, unicode=unicode,
        whitespace=whitespace, case=case, min_length=min_length,
    )  # fmt: skip
    with sources.opened(card, say) as material:
        reading = asdict(card.reading)
        if reading["labels"] is None:  # the key is what it was before there were any
            del reading["labels"]
        options = json.dumps([asdict(settings), reading], sort_keys=True)
        key = digest_of(FORM, material.digest, options)[:16]
        folder = cache_folder() / "prepared" / f"{short(card.name)}-{key}"
        if corpus := open_prepared(folder, card):
            return corpus
        try:
            with fresh_folder(folder) as fresh:
                expected = card.lines or material.lines
                summary = build(material.chunks(), settings, fresh, expected, progress or quiet)
                text = json.dumps(asdict(summary), ensure_ascii=False, indent=1)
                (fresh / "summary.json").write_text(text, encoding="utf-8")
        except InputError as error:
            called = card.source.path if isinstance(card.source, Local) else card.name
            # What is wrong with labels is told where they were counted, not read.
            text = str(error).replace("--labels:", f"--labels {card.reading.labels}:", 1)
            named = text.startswith((called, "--", "standard input", "hf:"))
            raise InputError(text if named else f"{called}: {text}") from None
    corpus = open_prepared(folder, card)
    if corpus is None:
        raise WorldError(f"{folder}: was prepared and cannot be read")
    return corpus


def open_prepared(folder: Path, card: Card) -> Corpus | None:
    """The prepared corpus in `folder`; None where there is none, a damaged one being removed.

    A folder that is not one of the cache's own is never looked at: its name may have come from a
    run folder of a stranger, as a way to elsewhere.
    """
    home = cache_folder() / "prepared"
    if folder.parent != home or folder.name == ".." or not folder.is_dir():
        return None
    try:
        summary = read_summary(json.loads((folder / "summary.json").read_text(encoding="utf-8")))
        corpus = Corpus(
            folder, card, summary.length, Tokenizer.load(folder / "tokenizer.json"), summary
        )
        for split in SPLITS:
            parts = [corpus.encoded(split), *([corpus.labels(split)] if summary.labels else [])]
            if any(len(part) != summary.splits[split] for part in parts):
                raise ValueError(split)
    except (OSError, ValueError, KeyError, TypeError, TextganError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return corpus


def plain_lines(
    corpus: str,
    *,
    column: str | int | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    header: bool | None = None,
    separator: str | None = None,
    say: sources.Say = sources.to_stderr,
) -> list[str]:
    """The lines of a corpus as they are, for `evaluate`: ends stripped, blank ones dropped.

    What is said of tables is said of all that is scored, and passed over by files of plain lines.

    Raises:
        InputError: as `find_card`, or no line is left.
    """
    if format_of(corpus)[0] == "text" and Path(corpus).is_file():
        column = header = separator = None
    card = find_card(
        corpus,
        column=column,
        encoding=encoding,
        errors=errors,
        header=header,
        separator=separator,
    )
    with sources.opened(card, say) as material:
        stripped = (line.strip() for line in chain.from_iterable(material.chunks()))
        lines = [line for line in stripped if line]
    if not lines:
        raise InputError(f"{corpus}: holds only blank lines")
    return lines
