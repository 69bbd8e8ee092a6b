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
from pathlib import Path

from textgan.errors import InputError, choose

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
        lab = Lab(full, FULL_SEEDS if full else SEEDS, Workers(bar.expect, bar.tick))
        finding = run_experiment(experiment, lab, folder)
    print(f"{name}  {finding.verdict}: {finding.line}")
    print(f"{name}  {folder}", file=sys.stderr)


def _run_all(folder: Path, full: bool, resume: bool) -> int:
    from textgan.errors import TextganError
    from textgan.lab.driver import RESULT, check_folder
    from textgan.lab.experiments import NAMES
    from textgan.lab.page import write_page

    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder}: is a file; name a folder")
    for name in NAMES:
        check_folder(folder / name)
    failures: dict[str, TextganError] = {}
    for number, name in enumerate(NAMES, 1):
        if resume and (folder / name / RESULT).exists():
            print(f"{name}  {folder / name} stands", file=sys.stderr)
            continue
        try:
            _run_one(name, folder / name, full, f"{number}/{len(NAMES)} ")
        except TextganError as error:
            # What one experiment lacks keeps no other from running.
            print(f"textgan: {name}: {error}", file=sys.stderr)
            failures[name] = error
    print(write_page(folder, {name: str(error) for name, error in failures.items()}))
    return max((error.exit_status for error in failures.values()), default=0)
