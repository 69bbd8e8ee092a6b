"""`textgan.train` and `textgan.evaluate`: what the verbs do, with the same words."""

import logging
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.errors import InputError, whole

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
    column: str | int | None = None,
    labels: str | int | None = None,
    length: int | None = None,
    tokenizer: str | None = None,
    objective: str | None = None,
    seed: int | None = None,
    fresh: bool = False,
    settings: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> "TextGAN":
    """Train on a corpus, or go on with the run that stands in `out`.

    What is out of the ordinary, as a damaged checkpoint, goes to the logger ``textgan``, which
    prints it unless told otherwise.

    Ctrl-C (SIGINT), SIGTERM and SIGHUP end the step in hand and save the run, which the same call
    goes on with; then Ctrl-C raises `KeyboardInterrupt`, and the two others do what they would have
    done without `train`: end the process, or call the program's own handler, after which `train`
    returns the model as it stands. A second signal does not wait for the step.

    The program's random numbers, its number of threads and its defaults of torch stay as they were.

    Args:
        corpus: a card's name, a path, or ``hf:owner/name``.
        out: the run folder; ``runs/`` and the corpus's name by default.
        preset: settings to start from.
        steps: generator updates in all.
        minutes: training time in all.
        column: of a table, by name or number.
        labels: what says of what kind a line is, so that lines of a kind can be asked for by
            `sample(label=…)`: a column likewise, or ``file`` or ``folder``.
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
        KeyboardInterrupt: Ctrl-C stopped the run, after all was saved.
    """
    from textgan.files import folder_for
    from textgan.model import TextGAN
    from textgan.screen import shown
    from textgan.training.runs import default_folder
    from textgan.training.settings import read_preset, resolve
    from textgan.training.train import train as run
    from textgan.training.train import undisturbed

    if not isinstance(corpus, str | os.PathLike):
        raise InputError(f"corpus is {corpus!r:.60}; give a card's name, a path or hf:owner/name")
    if not isinstance(preset, str):
        raise InputError(f"preset is {preset!r:.60}; give a name, such as 'small'")
    given = {
        "corpus.name": str(corpus),
        "corpus.column": column,
        "corpus.labels": labels,
        "corpus.length": length,
        "tokenizer.name": tokenizer,
        "objective.name": objective,
        "training.steps": steps,
        "training.minutes": minutes,
        "training.seed": seed,
    }
    flags = {key: value for key, value in given.items() if value is not None}
    resolved = resolve(read_preset(preset), {**_plain(flags), **_plain(settings or {})})
    folder = folder_for(out, "out") if out is not None else default_folder(resolved)
    say = logging.getLogger("textgan").warning
    with undisturbed():
        with shown(partial(print, file=sys.stderr, flush=True)) as show:
            watch = show if progress else (lambda plan: None)
            outcome = run(resolved, folder, fresh=fresh, confirmed=True, watch=watch, say=say)
        if outcome.signal is None and outcome.complete:
            return TextGAN.from_pretrained(folder)
    # What comes after a call in a program, as the next of many runs, was to stop too. Of several
    # processes each leaves the loop where one was told to.
    if outcome.signal in (None, signal.SIGINT):
        raise KeyboardInterrupt
    signal.raise_signal(outcome.signal)
    return TextGAN.from_pretrained(folder)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    # With Python's own numbers for numpy's, which no settings file can hold.
    import numpy as np

    if not isinstance(settings, Mapping) or not all(isinstance(key, str) for key in settings):
        raise InputError(
            f"settings is {settings!r:.60}; give a mapping of dotted keys, such as "
            "{'network.width': 128}"
        )
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in settings.items()}


def evaluate(
    texts: Iterable[str],
    *,
    reference: Iterable[str] | str | Path,
    real: Iterable[str] | str | Path | None = None,
    train: Iterable[str] | str | Path | None = None,
    level: str = "char",
    cut: int | None = None,
    names: Iterable[str] | None = None,
    seed: int = 0,
) -> "Evaluation":
    """Score lines against real text.

    Args:
        texts: the lines to score; as of all others, their ends are stripped and blank ones dropped.
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

    Raises:
        textgan.errors.InputError: no line with text in one of them, what is no string among them,
            or a value that does not fit; the message says which.
    """
    from textgan.metrics.evaluate import evaluate as score
    from textgan.metrics.evaluate import hold_out
    from textgan.metrics.material import clean, pick

    seed = whole(seed, "seed", 0)
    samples = clean(texts, "texts")
    lines = _lines(reference, "reference")
    if real is None:
        lines, other = hold_out(lines, len(samples), seed)
    else:
        other = _lines(real, "real")
    return score(
        pick(samples, len(other), seed),
        lines,
        real=pick(other, len(samples), seed),
        train=None if train is None else _lines(train, "train"),
        level=level,
        cut=cut,
        names=names,
        seed=seed,
    )


def _lines(corpus: Iterable[str] | str | Path, what: str) -> list[str]:
    from textgan.metrics.material import clean
    from textgan.text.corpus import plain_lines

    if isinstance(corpus, str | Path):
        return plain_lines(str(corpus))
    return clean(corpus, what)
