"""The record of a run: append-only JSON lines, cut back to the checkpoint when a run resumes."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from torch import Tensor

from textgan.errors import InputError
from textgan.files import flush_file, write_text
from textgan.objectives.objective import Terms


def summarise(terms: Terms) -> dict[str, list[float]]:
    """Mean and standard deviation of each term over its samples; waits for the device."""
    summary = {}
    for name, values in terms.items():
        flat: Tensor = values.detach().double().flatten()
        summary[name] = [float(flat.mean()), float(flat.std(correction=0))]
    return summary


def broken_figure(line: dict[str, Any]) -> str | None:
    """The first term of a line that is not finite, else the first gradient."""
    figures = {**line["terms"]}
    figures |= {name: [line[name]] for name in ("critic_gradient", "generator_gradient")}
    return next((name for name, pair in figures.items() if not all(map(math.isfinite, pair))), None)


class Record:
    """`record.jsonl`, opened for appending, and its optional view in TensorBoard.

    Args:
        folder: of the run.
        step: the step that the run stands at; later lines are left over from a crash and go.
        tensorboard: also write event files to `folder/tensorboard`.
        check: called before each write; raises where the folder is not the run's any more.
    """

    def __init__(
        self,
        folder: Path,
        step: int,
        tensorboard: bool,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.path, self.check = folder / "record.jsonl", check
        self.scores: tuple[int, dict[str, float]] | None = None
        if self.path.exists():
            # A run that stands at step 0 scores its first samples again.
            kept = [line for line in read(self.path) if line["step"] <= step] if step else []
            scored = ((line["step"], line["scores"]) for line in kept[::-1] if "scores" in line)
            self.scores = next(scored, None)
            write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept))
        self.writer: Any = None
        if tensorboard:
            self.writer = tensorboard_writer()(str(folder / "tensorboard"), purge_step=step + 1)

    def add(self, line: dict[str, Any]) -> None:
        """Append one line and let every reader see it."""
        self.check()
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(line) + "\n")
        if self.writer is not None:
            for name, value in _scalars(line):
                self.writer.add_scalar(name, value, line["step"])

    def flush(self) -> None:
        """Hand the lines over to the disk: a state is saved after what led up to it."""
        if self.path.exists():
            flush_file(self.path)

    def close(self) -> None:
        """Flush the view."""
        if self.writer is not None:
            self.writer.close()


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a record, each with its step."""
    return [line for line in objects(path) if isinstance(line.get("step"), int)]


def objects(path: Path) -> list[dict[str, Any]]:
    """A file's JSON objects, a line each; one that is damaged or cut short is left out."""
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def _scalars(line: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in line.items():
        if name == "terms":
            yield from ((f"terms/{term}", pair[0]) for term, pair in value.items())
        elif name == "scores":
            yield from ((f"scores/{score}", figure) for score, figure in value.items())
        elif name != "step" and isinstance(value, int | float):
            yield f"run/{name}", value


def tensorboard_writer() -> Any:
    """The class that writes event files.

    Raises:
        InputError: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError(
            "record.tensorboard is true but tensorboard is not installed; "
            "pip install 'textgan[tensorboard]'"
        ) from None
    return SummaryWriter
