"""How far long work is: a bar with the time left on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TYPE_CHECKING, Any, Self

from textgan.terminal import drawable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

SECONDS_BETWEEN_LINES = 10.0


class Bar:
    """Shows units done of units expected, on standard error.

    Args:
        what: is being done.
        after: seconds before a bar stands on a terminal; what is done by then shows none.
    """

    def __init__(self, what: str, after: float = 0.0) -> None:
        self.what, self.after, self.done, self.total = what, after, 0, 0
        self.began = self.told = time.monotonic()
        self.console = drawable()
        self.bar: Progress | None = None

    def __enter__(self) -> Self:
        if self.console and not self.after:
            self._show(self.console)
        return self

    def _show(self, console: "Console") -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
        )
        self.bar = Progress(*columns, console=console, transient=True)
        self.task = self.bar.add_task(self.what, total=self.total or None)
        self.bar.start()

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
        now = time.monotonic()
        if self.console and self.bar is None and now - self.began >= self.after:
            self._show(self.console)
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done)
            return
        if not self.console and self.done and now - self.told >= SECONDS_BETWEEN_LINES:
            self.told = now
            left = (now - self.began) * (self.total - self.done) / self.done
            print(
                f"{self.what}  {100 * self.done / self.total:.0f} %  {max(left, 0):.0f} s left",
                file=sys.stderr, flush=True,
            )  # fmt: skip
