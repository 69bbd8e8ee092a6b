"""What preparing a corpus found, and the few lines in which it is told before training."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (5, 50, 95)
CAP = 65_536  # lengths above are counted together
SHOWN_LABELS = 6
WORTH_TELLING = 0.75
"""Where no line takes more than this share of a sequence, a shorter one is proposed."""


@dataclass(frozen=True)
class Summary:
    """The counts of a prepared corpus.

    Attributes:
        read: records in the source.
        kept: lines in the three splits together.
        dropped: lines left out, by reason.
        cut: kept or duplicate lines that were longer than the length and cut to it.
        unknown: kept lines with symbols outside the vocabulary.
        symbols: distinct symbols, without end, padding and unknown.
        length: of a sequence; tokenizer: in whose symbols.
        lengths: percentiles of the lines' lengths before cutting, and "longest".
        splits: lines in each split.
        samples: three lines of the train split.
        labels: lines of each label in the train split; empty where lines have none.
    """

    read: int
    kept: int
    dropped: dict[str, int]
    cut: int
    unknown: int
    symbols: int
    length: int
    tokenizer: str
    lengths: dict[str, int]
    splits: dict[str, int]
    samples: tuple[str, ...]
    labels: dict[str, int] = field(default_factory=dict)


def read_summary(table: dict[str, Any]) -> Summary:
    """The summary in a JSON object, as `asdict` gives it.

    Raises:
        ValueError: a key is missing, unknown, or holds what it should not.
    """
    kinds: dict[str, type] = {each.name: int for each in fields(Summary)}
    kinds |= {"tokenizer": str, "samples": list}
    kinds |= dict.fromkeys(("dropped", "lengths", "splits", "labels"), dict)
    if isinstance(table, dict):
        table = {"labels": {}, **table}  # which an earlier version does not tell
    if not isinstance(table, dict) or table.keys() != kinds.keys():
        raise ValueError("is no summary of a corpus")
    for key, kind in kinds.items():
        value = table[key]
        inside = list(value.values()) if kind is dict and isinstance(value, dict) else []
        right = type(value) is kind and all(type(each) is int for each in inside)
        if not right or (kind is list and not all(isinstance(each, str) for each in value)):
            raise ValueError(f"is no summary of a corpus: {key} is {value!r:.40}")
    return Summary(**{**table, "samples": tuple(table["samples"])})


class Lengths:
    """A histogram of lengths, filled chunk by chunk."""

    def __init__(self) -> None:
        self.counts = np.zeros(CAP + 1, np.int64)
        self.longest = 0

    def add(self, lengths: NDArray[np.int64]) -> None:
        """Count the lengths of a chunk."""
        if len(lengths):
            self.counts += np.bincount(np.minimum(lengths, CAP), minlength=CAP + 1)
            self.longest = max(self.longest, int(lengths.max()))

    def percentiles(self) -> dict[str, int]:
        """The smallest lengths that hold 5, 50 and 95 % of the lines, and the longest."""
        below = self.counts.cumsum()
        found = {f"{p}%": int(np.searchsorted(below, below[-1] * p / 100)) for p in PERCENTILES}
        return {**found, "longest": self.longest}


def describe(summary: Summary) -> str:
    """The summary in a few lines, for people."""
    left = [f"{count:,} {reason}" for reason, count in summary.dropped.items() if count]
    lengths = ", ".join(
        f"{name} {value:,}" + "+" * (value == CAP) for name, value in summary.lengths.items()
    )
    cut = f"; {summary.cut:,} lines cut" if summary.cut else ""
    unknown = f"; {summary.unknown:,} lines hold unknown symbols" if summary.unknown else ""
    rows = [
        ("lines", f"{summary.read:,} read, {summary.kept:,} kept"),
        ("dropped", ", ".join(left) or "none"),
        ("symbols", f"{summary.symbols:,} ({summary.tokenizer}){unknown}"),
        ("lengths", f"{lengths}; sequences of {summary.length}{cut}"),
        *_proposed(summary),
        ("split", ", ".join(f"{name} {count:,}" for name, count in summary.splits.items())),
    ]
    empty = [name for name, count in summary.splits.items() if not count]
    if empty:
        why = "too few lines to hold any out"
        if summary.dropped.get("with unknown symbols"):
            why += ", or those held unknown symbols (--unknown keep)"
        rows.append(("", f"no line for {' and '.join(empty)}: {why}"))
    if summary.labels:
        rows.append(("labels", told_labels(summary.labels)))
    rows += [("" if i else "such as", shown(line)) for i, line in enumerate(summary.samples)]
    return "\n".join(f"{name:<8} {text}" for name, text in rows)


def told_labels(labels: dict[str, int]) -> str:
    """How many labels there are, and of the most frequent ones and the rarest how many lines."""
    order = sorted(labels, key=lambda name: -labels[name])
    some = order if len(order) <= SHOWN_LABELS else [*order[: SHOWN_LABELS - 1], "…", order[-1]]
    each = (name if name == "…" else f"{shown(name, 24)} {labels[name]:,}" for name in some)
    return f"{len(labels):,}: {', '.join(each)}".replace(", …, ", " … ")


def _proposed(summary: Summary) -> list[tuple[str, str]]:
    longest, length = summary.lengths["longest"], summary.length
    if not 0 < longest <= length * WORTH_TELLING:
        return []
    share = f"{longest / length:.0%} of the work"
    return [("", f"no line fills them: --length {longest} holds all, for {share}")]


def shown(line: str, width: int = 80) -> str:
    """A line of a corpus as it is shown: printable, and no longer than a terminal."""
    line = "".join(char if char.isprintable() else "·" for char in line[: width + 1])
    return line if len(line) <= width else line[: width - 1] + "…"
