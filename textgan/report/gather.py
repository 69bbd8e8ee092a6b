"""What a run has written so far, and a line on each thing that is missing."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textgan.errors import TextganError
from textgan.report.visible import reason
from textgan.training.runs import CORPUS, RECORD, SETTINGS, run_corpus, run_settings
from textgan.training.settings import Settings

if TYPE_CHECKING:
    from textgan.model import TextGAN
    from textgan.text.corpus import Corpus
    from textgan.text.summary import Summary

T = TypeVar("T")
WRONG = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a damaged file may raise."""
LARGEST = 1e300
"""Beyond lie infinity, what is no number, and integers that no float holds."""
CHARACTER_TOKENIZERS = ("char", "byte")


@dataclass(frozen=True)
class Series:
    """A figure over steps.

    Attributes:
        steps: generator updates, rising.
        values: the figure at each step.
        spread: its standard deviation over a batch, empty where it is not of a batch.
    """

    steps: list[int]
    values: list[float]
    spread: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class Run:
    """A run as it stands on disk.

    Attributes:
        folder: of the run.
        settings: resolved.
        versions: of textgan and what it stands on.
        record: the lines of `record.jsonl`.
        samples: kept samples, (step, lines), steps rising.
        evaluation: the last whole line that `evaluate` appended, None without one.
        summary: of the corpus, None where it cannot be read.
        corpus: None where it cannot be had.
        model: None where there is none yet.
        missing: what could not be had, and why, a sentence each.
    """

    folder: Path
    settings: Settings
    versions: dict[str, str]
    record: list[dict[str, Any]]
    samples: list[tuple[int, list[str]]]
    evaluation: dict[str, Any] | None
    summary: "Summary | None"
    corpus: "Corpus | None"
    model: "TextGAN | None"
    missing: list[str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the model's card says of the run."""
        return self.model.facts if self.model else {}

    @property
    def step(self) -> int:
        """The last step that anything is known of."""
        known = [line["step"] for line in self.record] + [step for step, _ in self.samples]
        return max(known, default=0)

    @property
    def model_step(self) -> int | None:
        """The step that the model was saved at, None where that is the last or not known."""
        step = self.facts.get("steps")
        return step if isinstance(step, int) and step < self.step else None

    @property
    def name(self) -> str:
        """The corpus's name, for headings."""
        if self.corpus is not None:
            return self.corpus.card.name
        named = str(self.facts.get("corpus") or self.settings.corpus.name)
        return Path(named).stem or named

    @property
    def level(self) -> str:
        """What a symbol of an n-gram is: ``"char"`` or ``"word"``."""
        name = self.summary.tokenizer if self.summary else self.settings.tokenizer.name or "char"
        return "char" if name in CHARACTER_TOKENIZERS else "word"

    def term(self, name: str) -> Series:
        """A term of the objective, with its spread."""
        found = Series([], [], [])
        for line in self.record:
            pair = _table(line.get("terms")).get(name)
            if isinstance(pair, list) and len(pair) == 2 and all(map(_finite, pair)):
                found.steps.append(line["step"])
                found.values.append(float(pair[0]))
                found.spread.append(float(pair[1]))
        return found

    def figure(self, name: str) -> Series:
        """A figure that stands in the record by its own name."""
        lines = [line for line in self.record if _finite(line.get(name))]
        return Series([line["step"] for line in lines], [float(line[name]) for line in lines])

    def score(self, name: str) -> Series:
        """A score over steps."""
        rows = [(line["step"], _table(line.get("scores")).get(name)) for line in self.record]
        kept = [
            (step, float(value)) for step, value in rows if value is not None and _finite(value)
        ]
        return Series([step for step, _ in kept], [value for _, value in kept])

    def score_names(self) -> list[str]:
        """Every score of the samples, in the order of the record."""
        every = (name for line in self.record for name in _table(line.get("scores")))
        return list(dict.fromkeys(name for name in every if not name.endswith("_real")))


def gather(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        InputError: there is no run at `folder`, or its settings cannot be read.
    """
    settings = run_settings(folder)
    missing: list[str] = []

    def tried(what: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (TextganError, OSError, *WRONG) as error:
            missing.append(f"{what}: {reason(error)}")
            return None

    record = tried(f"The record ({RECORD})", lambda: _record(folder / RECORD)) or []
    if any("diverged" in line for line in record):
        last = next(line for line in reversed(record) if "diverged" in line)
        missing.append(f"Training diverged: '{last['diverged']}' was not finite at {last['step']}.")
    summary = tried(f"The summary of the corpus ({CORPUS})", lambda: _summary(folder / CORPUS))
    corpus = tried("The corpus", lambda: run_corpus(folder))
    model = tried("The model", lambda: _model(folder))
    samples = tried("The samples", lambda: _samples(folder / "samples")) or []
    evaluation = tried("The evaluation (scores.jsonl)", lambda: _evaluation(folder))
    versions = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8")).get("versions", {})
    return Run(
        folder=folder,
        settings=settings,
        versions={str(name): str(value) for name, value in _table(versions).items()},
        record=record,
        samples=samples,
        evaluation=evaluation,
        summary=summary or (corpus.summary if corpus else None),
        corpus=corpus,
        model=model,
        missing=missing,
    )


def _record(path: Path) -> list[dict[str, Any]]:
    from textgan.training.record import read

    lines = [line for line in read(path) if isinstance(_table(line).get("step"), int)]
    return sorted(lines, key=lambda line: int(line["step"]))


def _summary(path: Path) -> "Summary":
    from textgan.text.summary import read_summary

    return read_summary(json.loads(path.read_text(encoding="utf-8"))["summary"])


def _model(folder: Path) -> "TextGAN":
    from textgan.errors import InputError
    from textgan.model import TextGAN

    if not (folder / "model").is_dir():
        raise InputError("none is saved yet; train on")
    return TextGAN.from_pretrained(folder)


def _samples(folder: Path) -> list[tuple[int, list[str]]]:
    files = [path for path in sorted(folder.glob("*.txt")) if path.stem.isdecimal()]
    if not files:
        raise ValueError("none are kept yet")
    read = ((int(path.stem), path.read_bytes().decode("utf-8", "replace")) for path in files)
    return sorted((step, text.removesuffix("\n").split("\n")) for step, text in read)


def _evaluation(folder: Path) -> dict[str, Any] | None:
    from textgan.training.record import objects

    path = folder / "scores.jsonl"
    if not path.exists():
        return None
    # What a crash cut short hides no evaluation before it.
    found = [line for line in objects(path) if isinstance(line.get("scores"), dict)]
    if not found and path.read_bytes().strip():
        raise ValueError("no line of it can be read")
    return found[-1] if found else None


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and -LARGEST < value < LARGEST
