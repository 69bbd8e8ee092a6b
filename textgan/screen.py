"""What a run shows while it trains: a bar on a terminal, plain lines elsewhere; standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from textgan.model import TextGAN
from textgan.terminal import drawable
from textgan.training.draws import SAMPLE_LATENT, noise
from textgan.training.settings import Settings
from textgan.training.train import Plan
from textgan.training.update import State

if TYPE_CHECKING:
    from textgan.text.corpus import Corpus

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_FRAMES = 1.0
KEPT_LINES = 20
BAR_CELLS, SAMPLE_CELLS, LABEL_CELLS = 20, 48, 16


class Screen:
    """Listens to a run and shows steps, time left, the objective's curve and one live sample.

    Args:
        settings: of the run, for what is left of it.
        curve: the term that is shown.
        corpus: whose tokenizer decodes the live sample, whose label stands before it if it has one.
        say: takes the lines where there is no terminal.
    """

    def __init__(
        self, settings: Settings, curve: str, corpus: "Corpus", say: Callable[[str], None]
    ) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self.steps, self.minutes = settings.training.steps, settings.training.minutes
        self.curve = curve
        self.corpus = corpus
        self.say = say
        self.samples: list[tuple[int, list[str], dict[str, float]]] = []
        self.told = -SECONDS_BETWEEN_LINES
        self.bar: Progress | None = None
        if console := drawable():
            columns = (
                BarColumn(BAR_CELLS),
                TextColumn("{task.fields[status]}", markup=False),
                TextColumn("{task.fields[sample]}", markup=False, style="cyan"),
            )
            self.bar = Progress(*columns, console=console, transient=True)
            self.task = self.bar.add_task("", total=1.0, status="starting", sample="")

    def start(self) -> Self:
        """Show the bar."""
        if self.bar is not None:
            self.bar.start()
        return self

    def stop(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def progressed(self, state: State, seconds: float, line: dict[str, Any]) -> None:
        """Move the bar and show a new sample; off the terminal, print a line now and then."""
        now = time.monotonic()
        if now - self.told < (SECONDS_BETWEEN_FRAMES if self.bar else SECONDS_BETWEEN_LINES):
            return
        self.told = now
        done, left = self._done(state.step, seconds)
        rate = line["steps_per_second"]
        estimate = line["terms"][self.curve][0]
        status = (
            f"step {state.step:,}  {rate:.1f}/s  {_clock(left)} left  {self.curve} {estimate:.3g}"
        )
        # One line of the averaged generator, another each time.
        z = noise((1, state.average.latent), 0, state.step, SAMPLE_LATENT, False)
        model = TextGAN(self.corpus.tokenizer, state.average, labels=self.corpus.summary.labels)
        label = next(iter(model.labels_of([state.step])), None)
        sample = model.write(z, label)[0]
        if label is not None:
            sample = f"{printable(label, LABEL_CELLS)}: {sample}"
        if self.bar is not None:
            # One cell stands between two columns.
            room = self.bar.console.width - BAR_CELLS - 1 - len(status) - 1
            sample = printable(sample, min(room, SAMPLE_CELLS))
            self.bar.update(self.task, completed=done, status=status, sample=sample)
        else:
            self.say(f"{status}  {printable(sample)}")

    def sampled(self, step: int, lines: list[str], scores: dict[str, float]) -> None:
        """Keep samples from before, during and after, for the end."""
        self.samples.append((step, lines[:KEPT_LINES], scores))

    def _done(self, step: int, seconds: float) -> tuple[float, float]:
        shares = []
        if self.steps:
            shares.append(step / self.steps)
        if self.minutes:
            shares.append(seconds / (60 * self.minutes))
        done = min(1.0, max(shares, default=0.0))
        return done, seconds * (1 - done) / done if done else 0.0


@contextmanager
def shown(say: Callable[[str], None]) -> Iterator[Callable[[Plan], Screen]]:
    """What shows a run from its plan on; the bar is gone at the end, however that comes."""
    screens: list[Screen] = []

    def show(plan: Plan) -> Screen:
        screens.append(Screen(plan.settings, plan.objective.curve, plan.corpus, say))
        return screens[-1].start()

    try:
        yield show
    finally:
        for screen in screens:
            screen.stop()


def printable(line: str, cells: int = SAMPLE_CELLS) -> str:
    """A generated line as a terminal may show it, in at most so many cells."""
    from rich.cells import set_cell_size

    shown = "".join(c if c.isprintable() else "·" for c in line)
    return set_cell_size(shown, max(cells, 0)).rstrip()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
