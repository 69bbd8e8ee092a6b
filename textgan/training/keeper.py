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

    The score is the n-gram divergence of samples against validation lines, at the level of the
    tokenizer; beside it stands the same figure for test lines. Nothing was trained on either, and
    who stops a run by these scores has not chosen by its test split, `evaluate`'s reference.

    Args:
        folder: of the run.
        settings: of the run.
        corpus: whose validation lines are the reference. Where it has too few lines to have any,
            its test lines are, or its training lines, and nothing stands beside.
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
        self.level, self.labels = corpus.tokenizer.level, corpus.summary.labels
        count = settings.record.score_samples
        splits = corpus.summary.splits
        split = next(name for name in ("validation", "test", "train") if splits[name])
        reference = corpus.some_lines(split, REFERENCE_LINES)
        beside = corpus.some_lines("test", count) if split == "validation" else []
        self.reference = Reference.of(reference, self.level)
        self.real = _named(self.reference.js(beside), "_real") if beside else {}
        self.compared = len(beside) or count
        self.facts["protocol"] = (
            f"js1 … js6: n-gram Jensen-Shannon divergence, base 2, level {self.level}, "
            f"{self.compared} samples against {len(reference)} {split} lines; "
            f"real text: {len(beside)} test lines."
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
        model = TextGAN(self.tokenizer, state.average, self.facts, state.critic, self.labels)
        model.save_pretrained(self.folder / "model")
        self.check()
        save(self.folder / "checkpoints", state, seconds, self.settings.checkpoint.kept)

    def score(self, state: State) -> tuple[list[str], dict[str, float]]:
        """Sample, keep the first lines in `samples/`, score as many as there are real ones."""
        # Nothing is chosen: no critic is copied.
        model = TextGAN(self.tokenizer, state.average, labels=self.labels)
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
