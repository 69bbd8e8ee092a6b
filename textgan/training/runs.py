"""The run folder: what stands where, and what it may be continued with.

RUN/settings.toml   RUN/tokenizer.json   RUN/corpus.json   RUN/record.jsonl   RUN/scores.jsonl
RUN/samples/00002000.txt   RUN/checkpoints/00002000/   RUN/model/
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textgan.errors import InputError
from textgan.files import refuse_detours, remove_folder, sweep, write_text
from textgan.training.lock import LOCK
from textgan.training.settings import (
    FREE_TO_CHANGE,
    CorpusSettings,
    Settings,
    flatten,
    read_file,
    resolve,
)
from textgan.training.settings import write_text as settings_text

if TYPE_CHECKING:
    from textgan.text.corpus import Corpus

SETTINGS, TOKENIZER, CORPUS, RECORD = (
    "settings.toml",
    "tokenizer.json",
    "corpus.json",
    "record.jsonl",
)
KEPT = ("training.threads", "training.pieces")
READING = ("column", "labels", "encoding", "errors", "header", "separator")
OWN = ("checkpoints", "model", "samples", "scores.jsonl", RECORD, CORPUS, TOKENIZER, SETTINGS)
"""Everything that `--fresh` deletes, and nothing else. The settings go last: what a crash leaves is
still that run, and nothing of it is taken up by the next."""


def default_folder(settings: Settings) -> Path:
    """`runs/` and the name of the corpus."""
    from textgan.text.corpus import find_card

    return Path("runs") / find_card(settings.corpus.name).name


def is_run(path: Path) -> bool:
    """Whether a run was begun there."""
    return (path / SETTINGS).is_file()


def run_settings(path: Path) -> Settings:
    """The settings of a run.

    Raises:
        InputError: there is no run at `path`, or something of it leads elsewhere.
    """
    if not is_run(path):
        raise InputError(f"{path} is not a run folder: it has no {SETTINGS}")
    refuse_detours(path, OWN)
    return resolve(read_file(path / SETTINGS))


def run_corpus(path: str | Path) -> "Corpus":
    """The corpus that a run was trained on, split as it was.

    It is opened as it was prepared; where the cache was emptied, it is prepared again.

    Raises:
        InputError: there is no run there, or its corpus is gone or has changed.
    """
    folder = Path(path)
    settings = run_settings(folder)
    kept = _prepared_before(settings, folder)
    return kept or corpus_of(settings, folder)


def corpus_of(settings: Settings, folder: Path | None, progress: Any = None) -> "Corpus":
    """Prepare, or open, the corpus that settings name.

    Args:
        settings: of the run.
        folder: of the run, None where none has begun: the text must be what it was, and the
            tokenizer is the run's own, which is never trained again.
        progress: told how far preparing is.

    Raises:
        InputError: the corpus cannot be had, or is not the one that the run began with.
    """
    from textgan.text.corpus import find_card, prepare
    from textgan.text.tokenizer import Tokenizer

    corpus, chosen = settings.corpus, settings.tokenizer
    if folder is not None and corpus.name == "-" and not _comes_in():
        # What came in by standard input need not come twice; where it does, it is compared.
        if kept := _prepared_before(settings, folder):
            return kept
    card = find_card(corpus.name, **{key: getattr(corpus, key) for key in READING})
    prepared = prepare(
        card,
        tokenizer=chosen.name,
        vocab_size=chosen.vocab_size,
        max_vocab=chosen.max_vocab,
        progress=progress,
        **cleaning(corpus),
    )
    if folder is None:
        return prepared
    if _prepared_name(folder) != prepared.folder.name:
        raise InputError(
            f"the text of corpus '{corpus.name}' is not what the run {folder} began with; "
            "put it back, or start another run with --out"
        )
    return replace(prepared, tokenizer=Tokenizer.load(folder / TOKENIZER))


def _comes_in() -> bool:
    """Whether something is piped into standard input."""
    stream = getattr(sys.stdin, "buffer", None)
    return stream is not None and not stream.isatty() and bool(stream.peek(1))


def _prepared_before(settings: Settings, folder: Path) -> "Corpus | None":
    from textgan.text.cache import cache_folder
    from textgan.text.card import Card, Local
    from textgan.text.corpus import find_card, open_prepared
    from textgan.text.tokenizer import Tokenizer

    try:
        card = find_card(settings.corpus.name)
    except InputError:  # the file has gone; what was prepared from it has not
        card = Card(Path(settings.corpus.name).stem, Local(settings.corpus.name), "a former file")
    kept = open_prepared(cache_folder() / "prepared" / _prepared_name(folder), card)
    return kept and replace(kept, tokenizer=Tokenizer.load(folder / TOKENIZER))


def _prepared_name(folder: Path) -> str:
    try:
        return str(json.loads((folder / CORPUS).read_text(encoding="utf-8"))["prepared"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{folder / CORPUS} is damaged ({error})") from None


def located(settings: Settings) -> Settings:
    """The settings with the path of a local corpus absolute, so that a run can be moved into."""
    from textgan.text.card import shipped_names

    name = settings.corpus.name
    if not name:
        raise InputError("no corpus is named; give a card, a path, hf:owner/name or -")
    path = Path(name)
    if name == "-" or name in shipped_names() or not (path.is_file() or path.is_dir()):
        return settings
    return replace(settings, corpus=replace(settings.corpus, name=str(path.resolve())))


def encoded_lines(corpus: "Corpus") -> NDArray[np.integer[Any]]:
    """The training lines as symbols of the corpus's tokenizer, `(lines, length)`.

    Where the cache was emptied and a trainer of a library learned another vocabulary from the same
    text, the prepared array does not fit the run's tokenizer and the lines are encoded again.
    """
    from textgan.text.tokenizer import Tokenizer

    if Tokenizer.load(corpus.folder / TOKENIZER).vocabulary == corpus.tokenizer.vocabulary:
        return corpus.encoded("train")
    return corpus.tokenizer.encode_batch(corpus.lines("train"), corpus.length)


def cleaning(corpus: CorpusSettings) -> dict[str, Any]:
    """What `prepare` takes of the settings besides where the text is and how it is read."""
    given = {key: value for key, value in asdict(corpus).items() if value is not None}
    return {key: value for key, value in given.items() if key not in ("name", *READING)}


def begin(folder: Path, settings: Settings, corpus: "Corpus", versions: dict[str, str]) -> None:
    """Write what stays the same for the whole life of a run."""
    corpus.tokenizer.save(folder / TOKENIZER)
    facts = {"prepared": corpus.folder.name, "summary": asdict(corpus.summary)}
    write_text(folder / CORPUS, json.dumps(facts, indent=1, ensure_ascii=False))
    # Last: its presence says that the run has begun.
    restate(folder, settings, versions)


def restate(folder: Path, settings: Settings, versions: dict[str, str]) -> None:
    """Write the settings that a run begins or goes on with: what repeats it as it will stand."""
    write_text(folder / SETTINGS, settings_text(settings, versions))


def check_continuation(folder: Path, settings: Settings) -> Settings:
    """The settings that a run goes on with.

    Raises:
        InputError: a setting differs that would make it another run.
    """
    before, now = flatten(run_settings(folder)), flatten(settings)
    for key, value in now.items():
        # A value that was resolved at the start ("auto") is kept.
        if key in FREE_TO_CHANGE or value == before[key] or value in (None, "auto"):
            continue
        raise InputError(
            f"{folder} was begun with {key}={before[key]}, not {value}; "
            "give another --out, or --fresh to start over"
        )
    said = {key: now[key] for key in FREE_TO_CHANGE if now[key] is not None}
    # No threads and no pieces are as many as the run has had.
    return resolve(before, {key: v for key, v in said.items() if key not in KEPT or v})


def refuse_losses(folder: Path) -> None:
    """Keep a run whose saved states were taken away from starting over in place of going on.

    Raises:
        InputError: it has written of steps that no state stands for.
    """
    from textgan.training.checkpoint import saved
    from textgan.training.record import read

    if saved(folder / "checkpoints") or not (folder / RECORD).exists():
        return
    step = max((line["step"] for line in read(folder / RECORD)), default=0)
    if step:
        raise InputError(
            f"{folder} came to step {step:,} and its checkpoints are gone; put them back, "
            "give another --out, or --fresh to start over"
        )


def tidy(folder: Path) -> None:
    """Take away what killed trainers left half-written; for the one that holds the lock.

    Raises:
        InputError: something of the run leads elsewhere.
    """
    refuse_detours(folder, OWN)
    for name in OWN:
        sweep(folder, name)
        sweep(folder / name)


def refuse_others(folder: Path) -> None:
    """Keep a run from beginning among files that are somebody else's.

    Raises:
        InputError: there are such.
    """
    if is_run(folder) or not folder.exists():
        return
    # A process that was killed as it began the run leaves the first files of one.
    others = sorted(path for path in folder.iterdir() if not _of_a_run_begun(path))
    if others:
        raise InputError(
            f"--out {folder} is not empty and is not a run ({others[0].name} stands in it); "
            "name another folder"
        )


def _of_a_run_begun(path: Path) -> bool:
    from textgan.text.tokenizer import Tokenizer

    try:
        if path.name == TOKENIZER:
            Tokenizer.load(path)
        elif path.name == CORPUS:
            _prepared_name(path.parent)
        else:
            return path.name == LOCK
    except InputError:
        return False
    return True


def clear(folder: Path) -> None:
    """Delete a run, or what a crash left of one, so that it can start over."""
    if (folder / RECORD).is_file():
        # A crash in here leaves a run whose checkpoints are gone, as `refuse_losses` must not say.
        write_text(folder / RECORD, "")
    for name in OWN:
        path = folder / name
        remove_folder(path) if path.is_dir() else path.unlink(missing_ok=True)
