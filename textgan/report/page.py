"""The page: what was gathered and drawn, put into the template."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.errors import TextganError
from textgan.files import write_text
from textgan.report import telling
from textgan.report.command import repeat_command
from textgan.report.fill import filled
from textgan.report.gather import Run, gather
from textgan.report.style import Chart, styled
from textgan.report.svg import inline, write_png
from textgan.report.sweep import CHOICES, Sweep, sweep
from textgan.report.text_charts import length_chart, ngram_chart, sweep_chart
from textgan.report.training_charts import score_chart, training_charts
from textgan.report.visible import reason
from textgan.report.written import LINES, Nearest, Pieces, nearest_lines, of_labels, walks
from textgan.text.splits import spread
from textgan.training.settings import Settings

if TYPE_CHECKING:
    from textgan.objectives.objective import Objective

NAME = "report.html"
ROWS, LONG_ROWS, HELD_OUT = 10, 5, 10_000
UNREAD = (TextganError, OSError, ValueError, KeyError, TypeError, RuntimeError)


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        page: the HTML file.
        figures: PNG files, none where none were asked for.
        missing: what the page lacks and says so, a sentence each.
    """

    page: Path
    figures: list[Path]
    missing: list[str]


@dataclass(frozen=True)
class Findings:
    """What was drawn and written for the page; none or empty where it could not be had."""

    curves: list[Chart]
    scores: Chart | None
    beside: list[Chart]
    trade: Chart | None
    sweep: Sweep | None
    nearest: Nearest | None
    walks: list[list[Pieces]]
    labels: list[tuple[str, int, list[str]]]
    held_out: list[str]

    @property
    def charts(self) -> list[Chart]:
        """Every chart, in the order of the page."""
        single = [self.scores, self.trade]
        return [*self.curves, *self.beside, *(chart for chart in single if chart)]


def write_report(
    folder: Path,
    out: Path | None = None,
    figures: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Written:
    """Write the page of a run.

    Args:
        folder: of the run.
        out: the HTML file, `report.html` in the run by default.
        figures: where the figures go as PNG, too; none for nowhere.
        say: told what is being done.

    Raises:
        InputError: there is no run at `folder`.
        OSError: the files cannot be written.
    """
    say("reading the run")
    run = gather(folder)
    with styled():
        findings = find(run, say)
        say("drawing")
        page = render(run, findings)
        out = out or folder / NAME
        write_text(out, page)
        pictures = [write_png(chart, figures) for chart in findings.charts] if figures else []
    return Written(out, pictures, run.missing)


def find(run: Run, say: Callable[[str], None] = lambda text: None) -> Findings:
    """Draw and write what the run allows; what it does not is added to `run.missing`."""

    def tried(what: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except UNREAD as error:
            run.missing.append(f"{what}: {reason(error)}")
            return None

    curves = list(training_charts(run, _objective(run)))
    if not curves:
        run.missing.append("The curves of training: fewer than two lines of them are recorded.")
    train, validation, test = _splits(run)
    held_out = spread(test or validation, HELD_OUT)
    beside: list[Chart] = []
    nearest = found = None
    paths: list[list[Pieces]] = []
    labels: list[tuple[str, int, list[str]]] = []
    if run.model is not None:
        model, level = run.model, run.level
        say("writing samples")
        lines = tried("New samples", lambda: model.sample(LINES)) or []
        paths = tried("Latent walks", lambda: walks(model)) or []
        labels = tried("Lines of each label", lambda: of_labels(model)) or []
        if held_out and lines:
            beside = [
                chart
                for chart in (
                    ngram_chart(lines, held_out, 1, level),
                    ngram_chart(lines, held_out, 3 if level == "char" else 2, level),
                    length_chart(lines, held_out, level),
                )
                if chart
            ]
        say("looking for the nearest training lines")
        nearest = tried("Nearest lines", lambda: nearest_lines(lines, train, held_out))
        if held_out:
            found = tried(
                "Quality against diversity",
                lambda: sweep(
                    model,
                    train=train,
                    reference=held_out,
                    real=validation if test else [],
                    choices=CHOICES if model.critic is not None else (),
                    level=level,
                    watch=lambda setting: say(f"sampling: {setting}"),
                ),
            )
        elif run.corpus is not None:
            run.missing.append("Comparison with real text: the corpus has no line held out.")
    trade = sweep_chart(found) if found else None
    return Findings(
        curves, score_chart(run), beside, trade, found, nearest, paths, labels, held_out
    )


def render(run: Run, findings: Findings) -> str:
    """The HTML of the page."""
    from markupsafe import Markup

    long = telling.long_lines(run)
    rows = LONG_ROWS if long else ROWS
    return filled(
        files("textgan.report") / "template.html",
        run=run,
        found=findings,
        svg=lambda chart: Markup(inline(chart)),
        real=spread(findings.held_out, rows),
        stages=telling.stages(run.samples),
        rows=rows,
        long=long,
        sampled=LINES,
        lead=telling.lead(run),
        tiles=telling.tiles(run),
        scores=telling.score_rows(run),
        evaluation=telling.evaluation(run),
        corpus=telling.corpus_rows(run),
        settings=telling.settings_tables(run),
        command=repeat_command(_ended(run), f"{run.folder.resolve().name}-again"),
    )


def _ended(run: Run) -> Settings:
    """The settings with the steps that the model had, however many minutes they took."""
    steps = run.facts.get("steps")
    if not isinstance(steps, int) or steps < 1:
        return run.settings
    training = replace(run.settings.training, steps=steps, minutes=None)
    return replace(run.settings, training=training)


def _objective(run: Run) -> "Objective | None":
    from textgan.objectives import build_objective

    try:
        return build_objective(run.settings.objective)
    except TextganError as error:
        run.missing.append(f"How to read the objective's curve: {error}")
        return None


def _splits(run: Run) -> tuple[list[str], list[str], list[str]]:
    if run.corpus is None:
        return [], [], []
    try:
        train, validation, test = (run.corpus.lines(s) for s in ("train", "validation", "test"))
    except UNREAD as error:
        run.missing.append(f"The corpus: {reason(error)}")
        return [], [], []
    return train, validation, test
