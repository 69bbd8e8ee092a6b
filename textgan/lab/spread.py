"""Jobs side by side: a process a core, with one thread each; ticks and results by one queue."""

import multiprocessing
import os
import pickle
import queue
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from textgan.errors import TextganError, WorldError
from textgan.lab.experiment import Tick

T = TypeVar("T")

SECONDS_BETWEEN_TICKS = 0.2
SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Workers:
    """Runs jobs in fresh processes; a `textgan.lab.experiment.Spread`.

    Args:
        expect: told how many units of work will come.
        tick: told how many are done since the last call.
        count: of processes; as many as this one may use cores by default.
    """

    expect: Tick
    tick: Tick
    count: int | None = None

    def __call__(
        self, function: Callable[..., T], jobs: Sequence[tuple[Any, ...]], units: int
    ) -> list[T]:
        """`function(*job, tick)` for every job, in order.

        Raises:
            TextganError: a job raised it.
            RuntimeError: a job failed in another way; with the traceback of its process.
        """
        self.expect(units * len(jobs))
        context = multiprocessing.get_context("spawn")
        told: multiprocessing.Queue[tuple[int, str, Any]] = context.Queue()
        waiting: multiprocessing.SimpleQueue[int | None] = context.SimpleQueue()
        count = min(self.count or cores(), len(jobs))
        for number in [*range(len(jobs)), *[None] * count]:
            waiting.put(number)
        workers = [
            context.Process(target=_work, args=(function, jobs, waiting, told), daemon=True)
            for _ in range(count)
        ]
        try:
            with _uninterrupted():
                for worker in workers:
                    worker.start()
            return self._gather(workers, told, len(jobs))
        finally:
            # Also on Ctrl-C, which the workers leave to this process.
            for worker in workers:
                if worker.pid is not None:
                    worker.terminate()
                    worker.join()

    def _gather(
        self,
        workers: Sequence[BaseProcess],
        told: "multiprocessing.Queue[tuple[int, str, Any]]",
        jobs: int,
    ) -> list[Any]:
        found: dict[int, Any] = {}
        while len(found) < jobs:
            try:
                number, kind, value = told.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                _check(workers)
                continue
            if kind == "tick":
                self.tick(value)
            elif kind == "result":
                found[number] = value
            else:
                raise value
        return [found[number] for number in range(jobs)]


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits, and never comes to a process that is started meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check(workers: Sequence[BaseProcess]) -> None:
    """Nothing is told for ever by processes that are gone."""
    ended = [worker.exitcode for worker in workers if worker.exitcode is not None]
    if any(ended) or len(ended) == len(workers):
        raise WorldError(
            f"a process of the experiment ended with status {max(ended, key=abs)}; "
            "was it stopped, or the memory full?"
        )


def _work(
    function: Callable[..., Any],
    jobs: Sequence[tuple[Any, ...]],
    waiting: "multiprocessing.SimpleQueue[int | None]",
    told: "multiprocessing.Queue[tuple[int, str, Any]]",
) -> None:
    """One process: jobs until there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The jobs' function has brought what it needs; one that needs no torch does not wait for it.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
    while (number := waiting.get()) is not None:
        try:
            with _Ticks(number, told) as tick:
                result = function(*jobs[number], tick)
            pickle.dumps(result)  # a result that cannot travel fails here, with its traceback
            told.put((number, "result", result))
        except TextganError as error:
            told.put((number, "error", error))
        except Exception:
            told.put((number, "error", RuntimeError(traceback.format_exc())))


class _Ticks:
    """Gathers ticks, so that many small ones cost nothing."""

    def __init__(self, number: int, told: "multiprocessing.Queue[tuple[int, str, Any]]") -> None:
        self.number, self.told = number, told
        self.units, self.last = 0, time.monotonic()

    def __call__(self, units: int) -> None:
        self.units += units
        if time.monotonic() - self.last < SECONDS_BETWEEN_TICKS:
            return
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            os._exit(1)  # whoever wanted the result is gone
        self._tell()

    def __enter__(self) -> "_Ticks":
        return self

    def __exit__(self, *failure: object) -> None:
        self._tell()

    def _tell(self) -> None:
        self.told.put((self.number, "tick", self.units))
        self.units, self.last = 0, time.monotonic()
