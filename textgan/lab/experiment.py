"""What an experiment is: a claim, and a function from settings to a finding and its figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from matplotlib.figure import Figure

T = TypeVar("T")

Verdict = Literal["holds", "holds in part", "fails"]
Tick = Callable[[int], None]
"""Told how many units of work have been done since the last call."""


def judge(*met: bool) -> Verdict:
    """What follows from conditions: all met, some, none."""
    return "holds" if all(met) else "holds in part" if any(met) else "fails"


class Spread(Protocol):
    """Runs jobs side by side, each in a process with one thread, under one progress bar."""

    def __call__(
        self, function: Callable[..., T], jobs: Sequence[tuple[Any, ...]], units: int
    ) -> list[T]:
        """`function(*job, tick)` for every job, in order.

        Args:
            function: of a module, so that another process finds it.
            jobs: the arguments of each call; small and picklable, as the results are.
            units: how often each call ticks, in all.
        """
        ...


@dataclass(frozen=True)
class Lab:
    """What an experiment is given.

    Args:
        full: all objectives, more seeds, larger text, in place of ten minutes on two cores.
        seeds: to repeat what chance decides.
        spread: runs jobs side by side.
    """

    full: bool
    seeds: tuple[int, ...]
    spread: Spread


@dataclass(frozen=True)
class Finding:
    """What came out.

    Args:
        verdict: whether the claim holds here.
        line: the result in one sentence, with its figures and their spread.
        figures: everything measured, for `result.json`.
        picture: axes with names and units, a legend.
    """

    verdict: Verdict
    line: str
    figures: dict[str, Any]
    picture: Figure


@dataclass(frozen=True)
class Experiment:
    """A claim and how it is put to the test.

    Args:
        name: what `textgan lab` calls it.
        claim: in one sentence.
        source: who claimed it, with the paper's own figures where it gives any.
        measures: what is measured, with the settings, in a few sentences.
        rule: by which figures the claim holds, holds in part or fails; `run` decides by it.
        run: puts the claim to the test.
        repetition: what was done with the seeds.
    """

    name: str
    claim: str
    source: str
    measures: str
    rule: str
    run: Callable[[Lab], Finding]
    repetition: str = "Where chance decides, it was repeated with each seed."
