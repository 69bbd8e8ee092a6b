"""`textgan.train` and `textgan.evaluate`: what the verbs do, with the same words."""

import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.errors import InputError

if TYPE_CHECKING:
    from textgan.metrics.evaluate import Evaluation
    from textgan.model import TextGAN


def train(
    corpus: str | Path,
    *,
    out: str | Path | None = None,
    preset: str = "small",
    steps: int | None = None,
    minutes: float | None = None,
    length: int | None = None,
    tokenizer: str | None = None,
    objective: str | None = None,
    seed: int | None = None,
    fresh: bool = False,
    settings: dict[str, Any] | None = None,
    progress: bool = True,
) -> "TextGAN":
    """Train on a corpus, or go on with the run that stands in `out`.

    What is out of the ordinary, as a damaged checkpoint, goes to the logger ``textgan``, which
    prints it unless told otherwise.

    Args:
        corpus: a card's name, a path, or ``hf:owner/name``.
        out: the run folder; ``runs/`` and the corpus's name by default.
        preset: settings to start from.
        steps: generator updates in all.
        minutes: training time in all.
        length: symbols of a line.
        tokenizer: ``char``, ``byte``, ``word``, ``bpe`` …
        objective: ``wgan-gp``, ``gan`` …
        seed: of networks, noise and order.
        fresh: delete the run that stands in `out`.
        settings: any others, by dotted key: ``{"network.width": 128}``.
        progress: show how far it is, to standard error: a bar on a terminal, else a line every ten
            seconds.

    Returns:
        The trained model.

    Raises:
        textgan.errors.InputError: a value does not fit; the message says which.
    """
    from textgan.model import TextGAN
    from textgan.screen import shown
    from textgan.training.runs import default_folder
    from textgan.training.settings import read_preset, resolve
    from textgan.training.train import train as run

    given = {
        "corpus.name": str(corpus),
        "corpus.length": length,
        "tokenizer.name": tokenizer,
        "objective.name": objective,
        "training.steps": steps,
        "training.minutes": minutes,
        "training.seed": seed,
    }
    flags = {key: value for key, value in given.items() if value is not None}
    resolved = resolve(read_preset(preset), flags, settings or {})
    folder = Path(out) if out is not None else default_folder(resolved)
    say = logging.getLogger("textgan").warning
    with shown(partial(print, file=sys.stderr, flush=True)) as show:
        watch = show if progress else (lambda plan: None)
        run(resolved, folder, fresh=fresh, confirmed=True, watch=watch, say=say)
    return TextGAN.from_pretrained(folder)


def evaluate(
    texts: Sequence[str],
    *,
    reference: Sequence[str] | str | Path,
    real: Sequence[str] | str | Path | None = None,
    train: Sequence[str] | str | Path | None = None,
    level: str = "char",
    cut: int | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
) -> "Evaluation":
    """Score lines against real text.

    Args:
        texts: the lines to score.
        reference: real lines, or a corpus by card, path or hub address. Where `real` is not given,
            as many random lines as there are `texts` (at most half) are held out of it.
        real: real lines, or a corpus likewise, that get the same scores; of these and of `texts`
            as many are scored as there are of the fewer, at random.
        train: what a model was trained on, likewise, for the scores of novelty.
        level: ``char`` or ``word``.
        cut: keep that many symbols of each line.
        names: scores or groups of scores; the default ones where none.
        seed: of held-out lines and error bars.

    Returns:
        Every score with its error bar, signature and the real lines' own.
    """
    from textgan.metrics.evaluate import evaluate as score
    from textgan.metrics.evaluate import hold_out
    from textgan.metrics.material import pick

    if isinstance(texts, str | Path):
        raise InputError("texts is one string; give a list of lines, such as TextGAN.sample writes")
    if seed < 0:
        raise InputError(f"seed is {seed}; it must not be negative")
    lines = _lines(reference)
    if real is None:
        lines, other = hold_out(lines, len(texts), seed)
    else:
        other = _lines(real)
    texts, other = pick(texts, len(other), seed), pick(other, len(texts), seed)
    known = None if train is None else _lines(train)
    return score(
        texts, lines, real=other, train=known, level=level, cut=cut, names=names, seed=seed
    )


def _lines(corpus: Sequence[str] | str | Path) -> list[str]:
    from textgan.text.corpus import plain_lines

    return plain_lines(str(corpus)) if isinstance(corpus, str | Path) else list(corpus)
