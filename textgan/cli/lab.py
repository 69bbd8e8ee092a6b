"""Re-run the claims that textgan is built on: small experiments, each with a picture.

Examples:
  textgan lab list              the experiments and their claims
  textgan lab distance          writes lab/distance: result.json, figure.png, README.md
  textgan lab all               runs them all and writes lab/index.html beside their folders
  textgan lab all --resume      the same, keeping the results that stand
"""

import argparse
import sys
import textwrap
import traceback
from pathlib import Path

from textgan.errors import InputError, TextganError, choose

FOLDER = "lab"
SEEDS, FULL_SEEDS = (1, 2, 3), (1, 2, 3, 4, 5, 6)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan lab`."""
    parser.add_argument(
        "experiment", nargs="?", default="list", metavar="list | all | EXPERIMENT",
        help="what to run (list)",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FOLDER", help="of the result (lab/EXPERIMENT); of all results (lab)"
    )
    parser.add_argument(
        "--full", action="store_true",
        help="all objectives, more seeds, larger text: hours rather than minutes",
    )  # fmt: skip
    parser.add_argument(
        "--resume", action="store_true", help="with all: keep the results that stand"
    )


def run(arguments: argparse.Namespace) -> int:
    """List the experiments, or run one or all of them."""
    from textgan.lab.experiments import NAMES, find

    name = choose("experiment", arguments.experiment, (*NAMES, "list", "all"))
    if name == "list":
        given = [f"--{option}" for option in ("out", "full", "resume") if vars(arguments)[option]]
        if given:
            raise InputError(f"{given[0]}: goes with an experiment or 'all'; leave it out")
        print("\n".join(_listing(name, find(name).claim) for name in NAMES))
        return 0
    if arguments.resume and name != "all":
        raise InputError("--resume: goes with 'all'; one experiment is run anew")
    if name == "all":
        return _run_all(Path(arguments.out or FOLDER), arguments.full, arguments.resume)
    _run_one(name, Path(arguments.out or Path(FOLDER) / name), arguments.full)
    return 0


def _listing(name: str, claim: str) -> str:
    return textwrap.fill(claim, 96, initial_indent=f"{name:<13}", subsequent_indent=" " * 13)


def _run_one(name: str, folder: Path, full: bool, place: str = "") -> None:
    from textgan.cli.bar import Bar
    from textgan.lab.driver import run_experiment
    from textgan.lab.experiment import Lab
    from textgan.lab.experiments import find
    from textgan.lab.spread import Workers

    experiment = find(name)
    with Bar(f"{place}{name}") as bar:
        lab = Lab(full, _seeds(full), Workers(bar.expect, bar.tick))
        finding = run_experiment(experiment, lab, folder)
    print(f"{name}  {finding.verdict}: {finding.line}")
    print(f"{name}  {folder}", file=sys.stderr)


def _seeds(full: bool) -> tuple[int, ...]:
    return FULL_SEEDS if full else SEEDS


def _stands(name: str, folder: Path, full: bool) -> bool:
    """Whether an earlier result is what would come out now; says so, or why it does not."""
    from textgan.lab.driver import differences

    if not folder.exists():
        return False
    others = differences(folder, name, full, _seeds(full))
    said = f"differs ({', '.join(others)}): run again" if others else "stands"
    print(f"{name}  {folder} {said}", file=sys.stderr)
    return not others


def _told(name: str, error: Exception) -> str:
    """What went wrong in one line, for the page; on standard error, of a bug, all of it."""
    expected = isinstance(error, TextganError | OSError)
    whole = str(error) if expected else "".join(traceback.format_exception(error)).strip()
    print(f"textgan: {name}: {whole}", file=sys.stderr)
    # The last line of a traceback is the one that says what happened.
    return whole.splitlines()[-1] if whole else type(error).__name__


def _run_all(folder: Path, full: bool, resume: bool) -> int:
    from textgan.lab.driver import check_folder
    from textgan.lab.experiments import NAMES
    from textgan.lab.page import check_page, write_page

    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder}: is a file; name a folder")
    for name in NAMES:
        check_folder(folder / name)
    check_page(folder)
    failures: dict[str, str] = {}
    for number, name in enumerate(NAMES, 1):
        if resume and _stands(name, folder / name, full):
            continue
        try:
            _run_one(name, folder / name, full, f"{number}/{len(NAMES)} ")
        except Exception as error:
            # What one experiment lacks keeps no other from running.
            failures[name] = _told(name, error)
    print(write_page(folder, failures))
    return 1 if failures else 0
