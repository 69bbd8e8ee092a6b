"""The training loop: updates until the end, and now and then a line, a score, a saved state.

It does not know the objective, the corpus or the screen.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import torch

from textgan.errors import WorldError
from textgan.objectives.objective import Objective, Terms
from textgan.training.checkpoint import broken_part
from textgan.training.processes import Processes
from textgan.training.record import Record, broken_figure, summarise
from textgan.training.settings import Settings
from textgan.training.update import Lines, State


class Listener(Protocol):
    """Whoever watches a run: a screen, a notebook, nobody."""

    def progressed(self, state: State, seconds: float, line: dict[str, Any]) -> None:
        """A line went into the record."""
        ...

    def sampled(self, step: int, lines: list[str], scores: dict[str, float]) -> None:
        """The averaged generator was scored."""
        ...


class Keeper(Protocol):
    """Where a run is kept: what the loop may ask of the run folder."""

    def save(self, state: State, seconds: float) -> None:
        """Save the state and the model."""
        ...

    def score(self, state: State) -> tuple[list[str], dict[str, float]]:
        """Sample the averaged generator, keep some lines, score them."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How a run ended: where it stands, its training time in seconds, whether it is complete.

    `signal` is the number of the one that asked this process to stop, if any did.
    """

    step: int
    seconds: float
    complete: bool
    signal: int | None = None


HANGUP = getattr(signal, "SIGHUP", None)
"""Comes where a run's terminal is closed; Windows has no such signal."""
SIGNALS = [number for number in (signal.SIGINT, signal.SIGTERM, HANGUP) if number is not None]
"""That ask a run to stop."""


class Stop:
    """Set by the first of `SIGNALS`; a second one interrupts at once."""

    signal: int | None = None

    @property
    def asked(self) -> bool:
        """Whether the run is to stop."""
        return self.signal is not None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self.asked:
            raise KeyboardInterrupt
        self.signal = number


@contextmanager
def listening() -> Iterator[Stop]:
    """Take `SIGNALS` as wishes to stop, as long as the context lasts."""
    stop = Stop()
    before = {}
    try:
        for number in SIGNALS:
            if number == HANGUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # nohup
            before[number] = signal.signal(number, stop)
    except ValueError:  # Not the main thread, as in a notebook's worker: there is nothing to take.
        before = {}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def reached(settings: Settings, step: int, seconds: float) -> bool:
    """Whether the run's steps or minutes are used up; with both, whichever comes first."""
    steps, minutes = settings.training.steps, settings.training.minutes
    return (steps is not None and step >= steps) or (
        minutes is not None and seconds >= 60 * minutes
    )


def run_loop(
    state: State,
    objective: Objective,
    real_lines: Callable[[int], Lines],
    settings: Settings,
    update: Callable[..., Terms],
    dtype: torch.dtype,
    *,
    seconds: float,
    record: Record | None,
    keeper: Keeper | None,
    listener: Listener | None,
    processes: Processes,
) -> Outcome:
    """Train until the run is complete or a signal asks to stop; the state is saved either way.

    Args:
        state: the networks; changed in place.
        objective: what to minimise.
        real_lines: number of a draw -> this process's lines of it.
        settings: of the run.
        update: carries the state one update further; see `textgan.training.update.update`.
        dtype: type that the blocks compute in.
        seconds: training time before this call.
        record: where lines go; none for processes other than the first, like the next two.
        keeper: saves and scores.
        listener: is told.
        processes: among which the batch is divided.

    Raises:
        WorldError: a term, a gradient, a weight or a moment stopped being finite.
    """
    saved_at = state.step

    def refuse(what: str | None) -> None:
        if what:
            raise _diverged(what, saved_at, record, state.step, settings)

    def save() -> None:
        nonlocal saved_at
        refuse(broken_part(state))
        if record is not None:
            record.flush()
        if keeper is not None:
            keeper.save(state, spent)
        saved_at = state.step

    def score() -> None:
        refuse(broken_part(state))
        if keeper is None:
            return
        lines, scores = keeper.score(state)
        if record is not None:
            record.add({"step": state.step, "scores": scores})
        if listener is not None:
            listener.sampled(state.step, lines, scores)

    with listening() as stop:
        spent = seconds
        if state.step == 0:
            score()
            save()
        began = time.perf_counter() - seconds
        last, last_step = time.perf_counter(), state.step
        complete = processes.agree(reached(settings, state.step, spent))
        stopped = processes.agree(stop.asked)
        while not (complete or stopped):
            terms = update(state, objective, real_lines, settings.training, dtype, processes)
            spent = time.perf_counter() - began
            complete = processes.agree(reached(settings, state.step, spent))
            stopped = processes.agree(stop.asked)
            logged = state.step % settings.record.every == 0
            scored = complete or state.step % settings.record.score_every == 0
            saved = complete or stopped or state.step % settings.checkpoint.every == 0
            if logged or scored or saved:
                now = time.perf_counter()
                line = _line(state, terms, spent, (state.step - last_step) / (now - last))
                refuse(broken_figure(line) or broken_part(state))
            if logged:
                if record is not None:
                    record.add(line)
                if listener is not None:
                    listener.progressed(state, spent, line)
                last, last_step = time.perf_counter(), state.step
            # A state is saved after all else of its step: a run that resumes from it lacks nothing.
            if scored:
                score()
            if saved:
                save()
    return Outcome(state.step, spent, complete, stop.signal)


def _line(state: State, terms: Terms, seconds: float, rate: float) -> dict[str, Any]:
    norms = {name: terms[name] for name in ("generator_gradient", "critic_gradient")}
    others = {name: values for name, values in terms.items() if name not in norms}
    return {
        "step": state.step,
        "seconds": round(seconds, 3),
        "steps_per_second": round(rate, 3),
        "memory_mb": round(_memory_mb(state.generator.output.weight.device), 1),
        # The one deliberate wait for the device: these lines are few.
        **{name: float(norm) for name, norm in norms.items()},
        "terms": summarise(others),
    }


def _memory_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    # The peak, in kilobytes on Linux and in bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _diverged(
    what: str, saved_at: int, record: Record | None, step: int, settings: Settings
) -> WorldError:
    if record is not None:
        record.add({"step": step, "diverged": what})
    training = settings.training
    advice = (
        f"--set training.critic_rate={training.critic_rate / 2:g} "
        f"--set training.generator_rate={training.generator_rate / 2:g}"
    )
    if training.dtype == "bfloat16":
        advice += ", or --set training.dtype=float32"
    return WorldError(
        f"'{what}' is not finite at step {step}; the checkpoint of step {saved_at} is kept.\n"
        f"Start over in another --out with smaller steps: {advice}"
    )
