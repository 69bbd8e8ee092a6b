"""Quality against diversity: samples of one model at several temperatures, truncations, choices.

A model can buy quality with diversity: by keeping latents near zero, by drawing from a sharper
softmax, or by writing more lines than are kept and letting its critic choose. Each setting is one
point: the share of its n-grams that real text has (quality) and the share of real text's n-grams
that it has (diversity). The n-gram model makes the same trade with its order, and real text is a
point of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from textgan.errors import InputError
from textgan.text.splits import spread

TEMPERATURES = (0.0, 0.5, 0.75, 1.0, 1.25)
TRUNCATIONS = (2.0, 1.5, 1.0, 0.5)
CHOICES = (2, 4, 8)
"""Lines that the critic chooses one from."""
ORDERS = {"char": (2, 3, 4, 6), "word": (1, 2, 3, 4)}
BASELINE_LINES = 30_000
REFERENCE_LINES = 20_000
GRAM = 4
"""The n of the n-grams; 3, 2 or 1 where the lines are shorter."""


class Sampler(Protocol):
    """What is swept."""

    def sample(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
    ) -> list[str]:
        """Write `n` lines."""
        ...


@dataclass(frozen=True)
class Setting:
    """How some lines were written.

    Attributes:
        family: ``"temperature"``, ``"truncation"``, ``"best of"``, ``"n-gram"`` or ``"real"``.
        value: of the knob; 0 for real text.
    """

    family: str
    value: float = 0.0

    def __str__(self) -> str:
        if self.family == "real":
            return "real text"
        if self.family == "n-gram":
            return f"n-gram, n = {self.value:g}"
        return f"{self.family} {self.value:g}"


@dataclass(frozen=True)
class Point:
    """One setting and its scores.

    Attributes:
        setting: how the lines were written.
        n: lines scored, blank ones left out.
        quality: share of their n-grams that the reference has.
        diversity: share of the reference's n-grams that they have.
        js: n-gram divergence from the reference, in bits.
        unique: share of distinct lines, None for a single line.
    """

    setting: Setting
    n: int
    quality: float
    diversity: float
    js: float
    unique: float | None


@dataclass(frozen=True)
class Sweep:
    """All points, at one n-gram length.

    Attributes:
        points: real text first, then the model's, then the n-gram model's.
        gram: the n of the n-grams.
        samples: lines asked of each setting.
        reference: lines that all are scored against; none of them was trained on.
        baseline: lines that the n-gram model was trained on.
    """

    points: list[Point]
    gram: int
    samples: int
    reference: int
    baseline: int

    def of(self, family: str) -> list[Point]:
        """The points of a family, in the order of the knob."""
        return [point for point in self.points if point.setting.family == family]


def sweep(
    model: Sampler,
    *,
    train: Sequence[str],
    reference: Sequence[str],
    real: Sequence[str] = (),
    choices: Sequence[int] = (),
    level: str = "char",
    n: int = 512,
    seed: int = 0,
    watch: Callable[[Setting], None] = lambda setting: None,
) -> Sweep:
    """Draw and score the samples of every setting.

    Args:
        model: that is swept.
        train: lines for the n-gram model; at most 30,000 of them, from all over, are used.
        reference: real lines that neither model was trained on.
        real: other real lines, for the point of real text; none for no such point.
        choices: lines that the model's critic chooses one from; none for a model without a critic.
        level: ``"char"`` or ``"word"``.
        n: samples of each setting; as many as real lines where these are fewer.
        seed: of the samples.
        watch: told of each setting before it is drawn.

    Raises:
        InputError: the reference has no text in it.
    """
    against = spread(reference, REFERENCE_LINES)
    taught = spread(train, BASELINE_LINES)
    gram = _gram(against, level)
    n = min(n, len(real) or n)
    points = []
    for setting, lines in drawn(model, taught, spread(real, n), choices, level, n, seed, watch):
        point = _point(setting, lines, against, level, gram)
        if point is not None:
            points.append(point)
    return Sweep(points, gram, n, len(against), len(taught))


def drawn(
    model: Sampler,
    taught: Sequence[str],
    real: Sequence[str],
    choices: Sequence[int],
    level: str,
    n: int,
    seed: int,
    watch: Callable[[Setting], None] = lambda setting: None,
) -> Iterator[tuple[Setting, list[str]]]:
    """The lines of every setting: real text, the model's, the n-gram model's; as in `sweep`."""
    from textgan.metrics.kneser_ney import NgramModel

    yield Setting("real"), list(real)
    for temperature in TEMPERATURES:
        watch(setting := Setting("temperature", temperature))
        yield setting, model.sample(n, seed=seed, temperature=temperature)
    for truncation in TRUNCATIONS:
        watch(setting := Setting("truncation", truncation))
        yield setting, model.sample(n, seed=seed, truncation=truncation)
    for count in choices:
        watch(setting := Setting("best of", count))
        yield setting, model.sample(n, seed=seed, best_of=count)
    if any(taught):
        for order in ORDERS[level]:
            watch(setting := Setting("n-gram", order))
            yield setting, NgramModel.train(list(taught), level, order).sample(n, seed=seed)


def _point(
    setting: Setting, lines: list[str], reference: list[str], level: str, gram: int
) -> Point | None:
    """The scores of some lines; None where they are blank or too short for an n-gram."""
    from textgan.metrics.evaluate import evaluate

    lines = [line for line in lines if line.strip()]
    if not lines:
        return None
    names = [f"precision{gram}", f"recall{gram}", f"js{gram}", "unique"]
    found = evaluate(lines, reference, level=level, names=names)
    quality, diversity, js, unique = (found[name].value for name in names)
    if quality is None or diversity is None or js is None:
        return None
    return Point(setting, len(lines), quality, diversity, js, unique)


def _gram(lines: Sequence[str], level: str) -> int:
    """The n that most of the lines are long enough for, at most `GRAM`."""
    lengths = sorted(len(line.split() if level == "word" else line.strip()) for line in lines)
    if not lengths or not lengths[-1]:
        raise InputError("the reference has no line of text; there is nothing to compare with")
    return max(1, min(GRAM, lengths[len(lengths) // 4]))
