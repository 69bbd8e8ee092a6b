"""Names, and networks that learn to write them: what the experiments on text share.

Settings are those of `textgan train`, by the same dotted keys. For one seed every objective begins
with the same weights, reads the same lines in the same order and draws the same latents.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from types import MappingProxyType
from typing import Any

import torch

from textgan.lab.experiment import Lab, Tick
from textgan.metrics.divergence import Reference
from textgan.model import TextGAN
from textgan.networks.precision import named_dtype
from textgan.objectives import OBJECTIVES, build_objective
from textgan.text.corpus import Corpus, find_card, prepare
from textgan.text.splits import spread
from textgan.training.processes import Processes
from textgan.training.runs import cleaning
from textgan.training.settings import Settings, resolve
from textgan.training.train import flushed, reader
from textgan.training.update import State, build, update

SAMPLES = 1000
"""Lines scored at a time, of a model and of held-out real text alike."""

SEED_OF_SAMPLES = 0

UNITS = 100
"""How often a training run ticks in all, however long it is."""

NAMES: Mapping[str, Any] = MappingProxyType(
    {
        "corpus.name": "surnames",
        "corpus.length": 8,
        "corpus.too_long": "skip",
        "network.width": 32,
        "network.blocks": 2,
        "network.latent": 64,
        "training.device": "cpu",
        "training.dtype": "float32",
        "training.threads": 1,
    }
)
"""Surnames of at most eight letters, which a library carries, and small networks."""


NOBODYS_OWN = (
    "The settings are the same for all and nobody's own: the paper of wgan-clip takes RMSprop at "
    "5e-5, that of wgan-gp Adam at 1e-4, both with five critic steps."
)
"""Said wherever objectives are compared."""


def settings(*changes: Mapping[str, Any]) -> Settings:
    """`NAMES` with changes by dotted keys, the later over the earlier."""
    return resolve(NAMES, *changes)


@dataclass(frozen=True)
class Text:
    """A prepared corpus, its training lines counted, and as many held-out lines as are scored."""

    corpus: Corpus
    reference: Reference
    held_out: list[str]

    @classmethod
    def of(cls, wanted: Settings, samples: int = SAMPLES) -> "Text":
        """The corpus that settings name; prepared where it has not been."""
        corpus = prepare(find_card(wanted.corpus.name), **cleaning(wanted.corpus))
        reference = Reference.of(corpus.lines("train"), corpus.tokenizer.level)
        others = corpus.lines("validation") + corpus.lines("test")
        return cls(corpus, reference, spread(others, samples))

    def js(self, lines: Sequence[str]) -> dict[str, float]:
        """``js1`` … of lines against the training lines; 1 where they have no n-gram at all."""
        return {name: 1.0 if js is None else js for name, js in self.reference.js(lines).items()}

    def written(self, state: State) -> list[str]:
        """As many lines of the averaged generator as there are held-out ones."""
        model = TextGAN(self.corpus.tokenizer, state.average)
        return model.sample(len(self.held_out), SEED_OF_SAMPLES)


@dataclass(frozen=True)
class Moment:
    """A training run at one of the steps that were asked for.

    Attributes:
        step: generator updates so far.
        state: the networks; the run goes on with them, so they must stay as they are.
        terms: of the objective, each averaged over the updates since the moment before.
    """

    step: int
    state: State
    terms: dict[str, float]


def follow(wanted: Settings, text: Text, at: Sequence[int], tick: Tick) -> Iterator[Moment]:
    """Train up to the last step of `at`; ends early where a term stops being finite.

    Args:
        wanted: of the run; its own number of steps is not read.
        text: what it learns to write.
        at: steps, rising; 0 is before the first update.
        tick: told `UNITS` in all, also where the run ends early.

    Yields:
        The run at each of these steps.
    """
    objective, training = build_objective(wanted.objective), wanted.training
    corpus, processes, device = text.corpus, Processes(), torch.device("cpu")
    state = build(
        wanted.network,
        training,
        objective,
        vocab=corpus.tokenizer.vocab_size,
        length=corpus.length,
        device=device,
    )
    real_lines = reader(corpus.encoded("train"), wanted, device, processes)
    dtype, last, ticked = named_dtype(training.dtype, device), at[-1], 0
    since: list[dict[str, float]] = []
    with flushed():
        if at[0] == 0:
            yield Moment(0, state, {})
        while state.step < last:
            terms = update(state, objective, real_lines, training, dtype, processes)
            since.append({name: float(values.mean()) for name, values in terms.items()})
            if not all(map(math.isfinite, since[-1].values())):
                break
            if state.step in at:
                yield Moment(state.step, state, _means(since))
                since = []
            due = state.step * UNITS // last
            tick(due - ticked)
            ticked = due
    tick(UNITS - ticked)


def _means(terms: list[dict[str, float]]) -> dict[str, float]:
    return {name: fmean(each[name] for each in terms) for name in terms[0]}


@dataclass(frozen=True)
class Point:
    """One moment, scored.

    Attributes:
        step: generator updates so far.
        terms: as of `Moment`.
        js: ``js1`` … of the averaged generator's lines against the training lines.
    """

    step: int
    terms: dict[str, float]
    js: dict[str, float]


@dataclass(frozen=True)
class Course:
    """A training run, scored as it went.

    Attributes:
        points: one a step that was asked for, as far as the run came.
        lines: the last that it wrote.
        real: ``js1`` … of as many held-out real lines.
        diverged: whether a term stopped being finite on the way.
    """

    points: tuple[Point, ...]
    lines: tuple[str, ...]
    real: dict[str, float]
    diverged: bool

    def last(self, name: str) -> float:
        """A divergence of the last lines; 1, nothing in common, of a run that diverged."""
        return 1.0 if self.diverged else self.points[-1].js[name]


def course(wanted: Settings, at: Sequence[int], tick: Tick) -> Course:
    """Train, and score the averaged generator at each step of `at`; see `follow`."""
    text = Text.of(wanted)
    points: list[Point] = []
    lines: list[str] = []
    for moment in follow(wanted, text, at, tick):
        lines = text.written(moment.state)
        points.append(Point(moment.step, moment.terms, text.js(lines)))
    real = text.js(text.held_out)
    return Course(tuple(points), tuple(lines), real, len(points) < len(at))


def objectives(lab: Lab, *compared: str) -> tuple[str, ...]:
    """Those that are compared by default; in full, all others after them."""
    others = (name for name in OBJECTIVES if name not in compared)
    return (*compared, *others) if lab.full else compared


def repeat(
    lab: Lab, train: Callable[..., Any], names: Sequence[str], *arguments: Any
) -> dict[str, list[Any]]:
    """`train(name, seed, *arguments, tick)` of every objective with every seed, side by side."""
    jobs = [(name, seed, *arguments) for name in names for seed in lab.seeds]
    found = iter(lab.spread(train, jobs, UNITS))
    return {name: [next(found) for _ in lab.seeds] for name in names}


def told(values: Sequence[float]) -> str:
    """The median of some seeds, and their range."""
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def evenly(steps: int, points: int) -> tuple[int, ...]:
    """`points` steps up to `steps`, as far apart as can be, without 0."""
    return tuple(steps * i // points for i in range(1, points + 1))
