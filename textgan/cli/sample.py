"""Write new lines with a trained model: exactly N, the same for the same seed.

Examples:
  textgan sample runs/names -n 20
  textgan sample runs/names -n 1000000 --out names.txt
  textgan sample runs/names -n 1000 --unique --format jsonl --seed 1
  textgan sample runs/names -n 1000000 --unique --novel --out names.txt
  textgan sample my-model -n 1000 --novel --train names.txt
  textgan sample runs/names -n 20 --best-of 4
  textgan sample runs/names -n 20 --temperature 1
  textgan sample runs/names -n 20 --label German
  torchrun --nproc-per-node 4 -m textgan sample runs/names -n 1000000000 --out names.txt

Under torchrun each process writes a share, names-00000-of-00004.txt and so on; one after the other
they are what a single process writes.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from textgan.cli.bar import SECONDS_BETWEEN_LINES, Bar
from textgan.cli.reading import add_file_arguments, card_options
from textgan.cli.scored import BEST_OF_HELP
from textgan.cli.streams import harmless
from textgan.errors import InputError, choose

if TYPE_CHECKING:
    from textgan.model import TextGAN

FORMATS = ("text", "jsonl")
PATIENCE = 2.0
"""Seconds of writing a file before a bar is shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan sample`."""
    parser.add_argument("run", metavar="RUN", help="run folder, model folder or hf:owner/name")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="lines (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="(%(default)s)")
    parser.add_argument("--out", metavar="FILE", help="where they go (standard output)")
    parser.add_argument(
        "--format", default="text", help="text, or jsonl with seed, index, score, label"
    )
    parser.add_argument(
        "--label", metavar="NAME", help="lines of this label (as frequent as in the text)"
    )
    parser.add_argument("--unique", action="store_true", help="draw until N lines are distinct")
    parser.add_argument("--novel", action="store_true",
                        help="only lines that the text RUN learned from lacks")  # fmt: skip
    parser.add_argument("--train", metavar="CORPUS", help="that text (default: the run's)")
    parser.add_argument("--temperature", type=float, default=0.0, metavar="T",
                        help="draw from the softmax; 0 takes the most probable")  # fmt: skip
    parser.add_argument("--truncation", type=float, metavar="Z",
                        help="keep latents within Z of zero: safer, less varied")  # fmt: skip
    parser.add_argument("--best-of", type=int, default=1, metavar="K", help=BEST_OF_HELP)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (all cores)")
    add_file_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Sample."""
    choose("format", arguments.format, FORMATS)
    if arguments.n < 0:
        raise InputError(f"-n {arguments.n}: give the number of lines, 0 or more")
    if not arguments.temperature >= 0:  # nor is what is not a number
        raise InputError(f"--temperature {arguments.temperature}: give 0 or more")
    if arguments.truncation is not None and not arguments.truncation > 0:
        raise InputError(f"--truncation {arguments.truncation}: give more than 0")
    if arguments.best_of < 1:
        raise InputError(f"--best-of {arguments.best_of}: give 1 or more")
    if arguments.train is not None and not arguments.novel:
        raise InputError(f"--train {arguments.train}: says what --novel leaves out; give both")
    from textgan.model import TextGAN
    from textgan.networks.device import chosen_device, use_threads
    from textgan.sampling.noise import chunks_of, named_label, numbers_of
    from textgan.training.processes import torchrun_processes

    processes = torchrun_processes()
    if processes.count > 1:
        arguments.out = share_of(arguments, processes.rank, processes.count)
    if arguments.threads is not None:
        use_threads(arguments.threads)
    model = TextGAN.from_pretrained(arguments.run, device=chosen_device(arguments.device).type)
    if arguments.label is not None:
        arguments.label = named_label(model.labels, arguments.label)
    known = known_to(model, arguments) if arguments.novel else set()
    chunks = chunks_of(arguments.n, processes.rank, processes.count)
    bar = Bar("writing", PATIENCE) if arguments.out is not None and processes.rank == 0 else None
    watched = arguments.out is None and sys.stdout.isatty()
    tell = count_at_times(arguments.n)
    found = 0
    with opened(arguments.out) as out, bar or nullcontext():
        if bar is not None:
            bar.expect(arguments.n if sieved(arguments) else len(numbers_of(arguments.n, chunks)))
        for count, text in pieces(model, arguments, chunks, known):
            out.write(harmless(text) if watched else text)
            found += count
            if bar is not None:
                bar.tick(count)
            elif sieved(arguments) and not watched:
                tell(found)
    if arguments.out is not None:
        print(f"wrote {found:,} lines to {arguments.out}", file=sys.stderr)
    if sieved(arguments) and found < arguments.n:
        kinds = "distinct" * arguments.unique, "novel" * arguments.novel
        repeated = "itself" * arguments.unique, "its text" * arguments.novel
        print(
            f"textgan: found {found:,} {' and '.join(filter(None, kinds))} lines of the "
            f"{arguments.n:,} asked for; the model repeats {' or '.join(filter(None, repeated))}",
            file=sys.stderr,
        )
    return 0


def sieved(arguments: argparse.Namespace) -> bool:
    """Whether not every line that is drawn is wanted."""
    return bool(arguments.unique or arguments.novel)


def count_at_times(wanted: int) -> Callable[[int], None]:
    """What tells, in a line each ten seconds, how many lines of the `wanted` there are."""
    told = time.monotonic()

    def tell(found: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= SECONDS_BETWEEN_LINES:
            told = now
            print(f"found {found:,} of {wanted:,}", file=sys.stderr, flush=True)

    return tell


def share_of(arguments: argparse.Namespace, rank: int, count: int) -> str:
    """The name of the file that process `rank` of `count` writes.

    Raises:
        InputError: what is asked for needs a single process.
    """
    if arguments.out is None:
        raise InputError("sample under torchrun writes a file a process; name them with --out")
    for name in ("unique", "novel"):
        if getattr(arguments, name):
            raise InputError(f"--{name} needs all lines in one process; leave torchrun out")
    path = Path(arguments.out)
    return str(path.with_name(f"{path.stem}-{rank:05d}-of-{count:05d}{path.suffix}"))


def manner(arguments: argparse.Namespace) -> dict[str, Any]:
    """How lines are drawn, by the names of `TextGAN.sample`."""
    names = "seed", "temperature", "truncation", "best_of", "label"
    return {name: getattr(arguments, name) for name in names}


def known_to(model: "TextGAN", arguments: argparse.Namespace) -> set[str]:
    """The lines that are not novel: of the text that is named, or of all splits of the run.

    Raises:
        InputError: neither is there, or the run's text is gone.
    """
    from textgan.sampling.sieve import known_lines
    from textgan.text.corpus import plain_lines
    from textgan.text.splits import SPLITS
    from textgan.training.runs import is_run, run_corpus

    lines: Iterable[str]
    if arguments.train is not None:
        lines = plain_lines(arguments.train, **card_options(arguments))
    elif is_run(Path(arguments.run)):
        try:
            corpus = run_corpus(arguments.run)
        except InputError as error:
            raise InputError(f"--novel: {error}; name that text with --train") from None
        lines = (line for split in SPLITS for line in corpus.lines(split))
    else:
        raise InputError(
            f"--novel: {arguments.run} is no run folder, which would know its text; name that "
            "with --train"
        )
    return known_lines(lines, model.tokenizer, model.generator.length)


def pieces(
    model: "TextGAN", arguments: argparse.Namespace, chunks: range, known: set[str]
) -> Iterator[tuple[int, str]]:
    """What goes to the file, one piece after another, each with the number of its lines."""
    if arguments.format == "text" and not sieved(arguments):
        for text in model.text(arguments.n, **manner(arguments), chunks=chunks):
            yield text.count("\n"), text
        return
    if sieved(arguments):
        found = wanted(model, arguments, known)
    else:
        found = drawn(model, arguments, arguments.n, chunks)
    for chunk in found:
        yield len(chunk), written(model, chunk, arguments)


def drawn(
    model: "TextGAN", arguments: argparse.Namespace, n: int, chunks: range
) -> Iterator[list[tuple[int, str, float]]]:
    """Some (index, line, score) of `n` lines after others, those of `chunks`.

    The score is 0 where the format has none.
    """
    from textgan.sampling.noise import CHUNK

    index = chunks.start * CHUNK
    scored = arguments.format == "jsonl"
    for lines, scores in model.stream(n, **manner(arguments), scored=scored, chunks=chunks):
        scores = scores or [0.0] * len(lines)
        yield [(index + i, *pair) for i, pair in enumerate(zip(lines, scores, strict=True))]
        index += len(lines)


def wanted(
    model: "TextGAN", arguments: argparse.Namespace, known: set[str]
) -> Iterator[list[tuple[int, str, float]]]:
    """Chunks of different lines, or of ones that are not known, until there are N or none come."""
    from textgan.sampling.noise import chunks_of
    from textgan.sampling.sieve import sifted

    return sifted(
        drawn(model, arguments, sys.maxsize, chunks_of(sys.maxsize)),
        arguments.n,
        unique=arguments.unique,
        without=known,
        line_of=itemgetter(1),
    )


def written(
    model: "TextGAN", chunk: list[tuple[int, str, float]], arguments: argparse.Namespace
) -> str:
    """A chunk as it goes to the file."""
    if arguments.format == "text":
        return "".join(line + "\n" for _, line, _ in chunk)
    labels = [arguments.label] * len(chunk)
    if arguments.label is None:
        labels = model.labels_of([index for index, _, _ in chunk], arguments.seed)
    found = []
    for (index, line, score), label in zip(chunk, labels or [None] * len(chunk), strict=True):
        row = {"text": line, "seed": arguments.seed, "index": index, "score": round(score, 6)}
        row |= {} if label is None else {"label": label}
        found.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(found)


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that stands whole at the end or not at all."""
    if path is None:
        yield sys.stdout
        return
    from textgan.files import new_file

    with new_file(Path(path)) as file:
        yield file
