"""How far long work is: a bar with the time left on a terminal, plain lines elsewhere."""

import sys
import time
from typing import Any, Self

SECONDS_BETWEEN_LINES = 10.0


class Bar:
    """Shows units done of units expected, on standard error.

    Args:
        what: is being done.
    """

    def __init__(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.what, self.done, self.total = what, 0, 0
        self.began = self.told = time.monotonic()
        self.bar: Progress | None = None
        console = Console(stderr=True)
        if console.is_terminal:
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(24),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(compact=True),
            )
            self.bar = Progress(*columns, console=console, transient=True)
            self.task = self.bar.add_task(what, total=None)

    def __enter__(self) -> Self:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *failure: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def expect(self, units: int) -> None:
        """So many more units will come."""
        self.total += units
        if self.bar is not None:
            self.bar.update(self.task, total=self.total)

    def tick(self, units: int) -> None:
        """So many more units are done."""
        self.done += units
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done)
            return
        now = time.monotonic()
        if self.done and now - self.told >= SECONDS_BETWEEN_LINES:
            self.told = now
            left = (now - self.began) * (self.total - self.done) / self.done
            print(
                f"{self.what}  {100 * self.done / self.total:.0f} %  {max(left, 0):.0f} s left",
                file=sys.stderr, flush=True,
            )  # fmt: skip
