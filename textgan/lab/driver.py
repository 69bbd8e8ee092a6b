"""Runs an experiment and writes what came out into a folder."""

import io
import json
import math
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from textgan.errors import InputError
from textgan.files import new_folder
from textgan.lab.experiment import Experiment, Finding, Lab
from textgan.lab.spread import cores
from textgan.report.style import styled
from textgan.report.visible import duration
from textgan.training.train import versions

RESULT, PICTURE, PAGE = "result.json", "figure.png", "README.md"
LISTING = frozenset({RESULT, PICTURE, PAGE})
DOTS = 144
"""An inch: figures are drawn at 72 units an inch."""

IDENTITY = frozenset({"name", "verdict", "figures"})
"""What the `result.json` of any version of the lab holds, and hardly another file."""

FIELDS = IDENTITY | {
    "claim", "source", "line", "measures", "rule", "repetition", "full", "seconds", "seeds",
    "machine", "versions",
}  # fmt: skip
"""What it holds now."""


def run_experiment(experiment: Experiment, lab: Lab, folder: Path) -> Finding:
    """Put a claim to the test and write `result.json`, `figure.png` and `README.md`.

    Args:
        experiment: what to run.
        lab: the seeds and the processes.
        folder: takes the place of an earlier result there, once it is whole.

    Raises:
        InputError: see `check_folder`.
        OSError: it cannot be written; found before anything is run.
    """
    folder = folder.absolute()
    check_folder(folder)
    with new_folder(folder) as aside, styled():
        began = time.monotonic()
        finding = experiment.run(lab)
        seconds = time.monotonic() - began
        result = describe(experiment, lab, finding, seconds)
        (aside / RESULT).write_text(
            json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
        )
        (aside / PICTURE).write_bytes(png(finding.picture))
        (aside / PAGE).write_text(readme(experiment, result), "utf-8")
    return finding


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier result, since it will be replaced.

    Raises:
        InputError: it does, is no folder, or is one in which the user stands.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"--out {folder}: is no folder; name a new one")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise InputError(
            f"--out {folder}: is the working folder, which would be replaced; name a new folder"
        )
    there = sorted(folder.iterdir()) if folder.exists() else []
    others = [each.name for each in there if each.name not in LISTING or not plain_file(each)]
    # A user's own README.md looks like the lab's by its name: what was written is what counts.
    if not others and there and read_result(folder) is None:
        others = [each.name for each in there]
    if others:
        raise InputError(f"--out {folder}: holds other files ({others[0]}); name a new folder")


def plain_file(path: Path) -> bool:
    """Whether a file stands there itself, not a link to one."""
    return path.is_file() and not path.is_symlink()


def read_result(folder: Path) -> dict[str, Any] | None:
    """What `result.json` says; none where it is not there or was not written by the lab."""
    try:
        found = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= IDENTITY else None


def differences(folder: Path, name: str, full: bool, seeds: Sequence[int]) -> tuple[str, ...]:
    """In what a folder differs from what would be written there now; nothing where it stands.

    Args:
        folder: of a result.
        name: of the experiment.
        full: as of `Lab`.
        seeds: as of `Lab`.
    """
    result = read_result(folder) or {}
    version, now = result.get("versions"), versions()["textgan"]
    same = {
        "the experiment": result.get("name") == name,
        "--full": result.get("full") == full,
        "the seeds": result.get("seeds") == list(seeds),
        "textgan's version": isinstance(version, dict) and version.get("textgan") == now,
        "what is written": result.keys() >= FIELDS and plain_file(folder / PICTURE),
    }
    return tuple(what for what, agrees in same.items() if not agrees)


def describe(experiment: Experiment, lab: Lab, finding: Finding, seconds: float) -> dict[str, Any]:
    """What `result.json` holds."""
    return {
        "name": experiment.name,
        "claim": experiment.claim,
        "source": experiment.source,
        "verdict": finding.verdict,
        "line": finding.line,
        "measures": experiment.measures,
        "rule": experiment.rule,
        "repetition": experiment.repetition,
        "full": lab.full,
        "seconds": round(seconds, 1),
        "seeds": list(lab.seeds),
        "machine": machine(),
        "versions": versions(),
        "figures": plain(finding.figures),
    }


def readme(experiment: Experiment, result: Mapping[str, Any]) -> str:
    """What `README.md` says."""
    seeds = ", ".join(map(str, result["seeds"]))
    parts = [
        f"# {experiment.name}: {experiment.claim}",
        f"Claimed by: {experiment.source}",
        f"**Here the claim {result['verdict']}.** {result['line']}",
        f"![What was measured]({PICTURE})",
        f"## What was measured\n\n{experiment.measures}",
        f"{experiment.repetition} Seeds: {seeds}.",
        f"## The rule\n\n{experiment.rule}",
        f"## Run it again\n\n```sh\n{command(experiment.name, result['full'])}\n```",
        f"It took {duration(result['seconds'])} on {result['machine']}, with "
        + ", ".join(f"{name} {version}" for name, version in result["versions"].items())
        + f". Every figure is in `{RESULT}`.",
    ]
    return "\n\n".join(parts) + "\n"


def command(name: str, full: bool) -> str:
    """What to type for the same."""
    return f"textgan lab {name}" + (" --full" if full else "")


def png(figure: Figure) -> bytes:
    """The picture, on white, the same for the same figures."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=DOTS, metadata={"Software": None})
    return data.getvalue()


def machine() -> str:
    """Cores, processor and system in words."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    count = cores()
    cores_said = f"{count} core{'s' if count > 1 else ''}"
    return f"{cores_said} of {next(named, name)}, {platform.system()}"


def plain(value: Any) -> Any:
    """A value as JSON has it: what is no finite number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
