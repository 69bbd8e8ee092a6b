"""What a run keeps besides its record: saved states, the model folder, samples and their scores."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.files import write_text
from textgan.metrics.divergence import Reference
from textgan.model import TextGAN
from textgan.training.checkpoint import save
from textgan.training.settings import Settings
from textgan.training.update import State

if TYPE_CHECKING:
    from textgan.text.corpus import Corpus

REFERENCE_LINES = 100_000
KEPT_LINES = 100
SEED_OF_SAMPLES = 0


class RunKeeper:
    """Saves a run and scores its samples; see `training.loop.Keeper`.

    The score is the n-gram divergence of samples against training lines, at the level of the
    tokenizer; beside it stands the same figure for real lines that are held out.

    Args:
        folder: of the run.
        settings: of the run.
        corpus: whose training lines are the reference and whose other lines are held out.
        facts: what the model card says of the run.
        scores: the last ones in its record.
        check: called before each write; raises where the folder is not the run's any more.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        corpus: "Corpus",
        facts: dict[str, Any],
        scores: tuple[int, dict[str, float]] | None,
        check: Callable[[], None],
    ) -> None:
        self.folder, self.settings, self.tokenizer = folder, settings, corpus.tokenizer
        self.facts, self.check = facts, check
        self.level = corpus.tokenizer.level
        count = settings.record.score_samples
        held_out = corpus.some_lines("validation", count) or corpus.some_lines("test", count)
        self.reference = Reference.of(corpus.some_lines("train", REFERENCE_LINES), self.level)
        self.real = _named(self.reference.js(held_out), "_real") if held_out else {}
        self.compared = len(held_out) or count
        self.facts["protocol"] = (
            f"js1 … js6: n-gram Jensen-Shannon divergence, base 2, level {self.level}, "
            f"{self.compared} samples against training lines; "
            f"real text: {len(held_out)} lines held out."
        )
        if scores:
            self.facts.update(scored=scores[0], scores=scores[1])

    def save(self, state: State, seconds: float) -> None:
        """Save the model, then the state.

        The state comes last: where it stands, all else of its step stands too, and a crash before
        that means that the step is done again.
        """
        self.check()
        self.facts.update(steps=state.step, seconds=round(seconds))
        model = TextGAN(self.tokenizer, state.average, self.facts, state.critic)
        model.save_pretrained(self.folder / "model")
        self.check()
        save(self.folder / "checkpoints", state, seconds, self.settings.checkpoint.keep)

    def score(self, state: State) -> tuple[list[str], dict[str, float]]:
        """Sample, keep the first lines in `samples/`, score as many as there are real ones."""
        model = TextGAN(self.tokenizer, state.average)  # nothing is chosen: no critic is copied
        lines = model.sample(self.settings.record.score_samples, SEED_OF_SAMPLES)
        self.check()
        kept = "".join(line + "\n" for line in lines[:KEPT_LINES])
        write_text(self.folder / "samples" / f"{state.step:08d}.txt", kept)
        found = self.reference.js(lines[: self.compared])
        scores = {**_named(found, ""), **self.real}
        scores["unique"] = len(set(lines)) / len(lines)
        self.facts.update(scored=state.step, scores=scores)
        return lines, scores


def _named(scores: dict[str, float | None], ending: str) -> dict[str, float]:
    return {name + ending: value for name, value in scores.items() if value is not None}
