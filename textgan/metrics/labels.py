"""Whether lines are of the label that was asked for, as n-gram models of the labels see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from textgan.metrics.intervals import wilson
from textgan.metrics.kneser_ney import NgramModel
from textgan.metrics.material import MODEL_LINES, MODEL_ORDERS, pick
from textgan.metrics.symbols import Alphabet


@dataclass(frozen=True)
class Recognised:
    """How many lines of a label are recognised.

    Attributes:
        label: its name.
        train: training lines that it has.
        n: samples of it.
        value: share of them that are recognised, None without any.
        low: lower end of its 95 % error bar.
        high: upper end.
        real_n: real lines of it.
        real: share of them that are recognised, None without any.
    """

    label: str
    train: int
    n: int
    value: float | None
    low: float | None
    high: float | None
    real_n: int
    real: float | None


def recognised(
    samples: Mapping[str, Sequence[str]],
    real: Mapping[str, Sequence[str]],
    train: Mapping[str, Sequence[str]],
    level: str,
    seed: int = 0,
) -> list[Recognised]:
    """Ask of each line whether no other label's n-gram model makes it more probable.

    Each label has a model of its own (`NgramModel`, modified Kneser-Ney) of its training lines, and
    all know one alphabet. Labels are not weighed by how frequent they are; but a model of few lines
    is flatter, so that it loses lines of its own to labels like it that have more, and takes what
    resembles none. A share says something beside that of real lines alone.

    Args:
        samples: of each label, the lines that were asked for.
        real: of each label, lines that no model was trained on.
        train: of each label, the lines that its model is trained on; of all together at most
            100,000, as many of each.
        level: what a symbol is, ``"char"`` or ``"word"``.
        seed: of what is left out of too many.

    Returns:
        In the order of `train`.
    """
    most = max(1, MODEL_LINES // len(train))
    taught = {label: pick(lines, most, seed) for label, lines in train.items()}
    size = Alphabet.of([line for lines in taught.values() for line in lines], level).size
    models = [
        NgramModel.train(lines, level, MODEL_ORDERS[level], vocabulary=size)
        for lines in taught.values()
    ]

    def hits(place: int, lines: Sequence[str]) -> int:
        bits = np.stack([model.log2(lines)[0] for model in models])
        return int((bits[place] == bits.max(0)).sum())

    found = []
    for place, label in enumerate(train):
        own, beside = samples[label], real[label]
        right, right_real = hits(place, own), hits(place, beside)
        low, high = wilson(right, len(own)) if own else (None, None)
        found.append(
            Recognised(
                label=label,
                train=len(train[label]),
                n=len(own),
                value=right / len(own) if own else None,
                low=low,
                high=high,
                real_n=len(beside),
                real=right_real / len(beside) if beside else None,
            )
        )
    return found
