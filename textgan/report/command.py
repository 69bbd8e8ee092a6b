"""The command that repeats a run."""

import json
import re
import shlex
from dataclasses import replace
from typing import Any

from textgan.errors import InputError
from textgan.objectives import build_objective
from textgan.training.settings import (
    ObjectiveSettings,
    Settings,
    flatten,
    preset_names,
    read_preset,
    resolve,
)

FLAGS = {
    "objective.name": "--objective",
    "training.steps": "--steps",
    "training.minutes": "--minutes",
    "training.seed": "--seed",
    "training.threads": "--threads",
    "tokenizer.name": "--tokenizer",
    "corpus.length": "--length",
}
DURATION = ("training.steps", "training.minutes")
DEFAULT_PRESET = "small"
EXTRA = 3
"""Settings that another preset must save before it is named."""

BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def repeat_command(settings: Settings, out: str) -> list[str]:
    """The words of a `textgan train` command that gives a run with those settings.

    Args:
        settings: of the run, resolved.
        out: the new run's folder.

    Returns:
        Groups of words, each quoted for a shell and joined: the command, then an option each.
    """
    wanted = flatten(settings)
    own = _own_weight(settings.objective)
    fitting = {
        name: found for name in preset_names() if (found := _changes(name, wanted, own)) is not None
    }
    preset = min(fitting, key=lambda name: len(fitting[name]) + EXTRA * (name != DEFAULT_PRESET))
    words = [["textgan", "train", settings.corpus.name]]
    if preset != DEFAULT_PRESET:
        words.append(["--preset", preset])
    for key, value in fitting[preset].items():
        if key in FLAGS:
            words.append([FLAGS[key], str(value)])
        elif key != "corpus.name":
            words.append(["--set", f"{key}={_toml(value)}"])
    words.append(["--out", out])
    return [shlex.join(group) for group in words]


def _own_weight(objective: ObjectiveSettings) -> bool:
    try:
        penalty = build_objective(replace(objective, penalty_weight=None)).penalty
    except InputError:  # of another version
        return False
    return penalty is not None and penalty.weight == objective.penalty_weight


def _changes(preset: str, wanted: dict[str, Any], own_weight: bool) -> dict[str, Any] | None:
    """What must be said beyond a preset; None where the preset says what cannot be unsaid."""
    given, objective, weight = read_preset(preset), "objective.name", "objective.penalty_weight"
    # What stands once the objective is said: another one takes the preset's weight with it.
    before = flatten(resolve(given, {objective: wanted[objective]}))
    before[objective] = resolve(given).objective.name
    if own_weight and before[weight] is None:
        wanted = {**wanted, weight: None}
    changed = {key: value for key, value in wanted.items() if value != before[key]}
    if any(key in changed for key in DURATION):
        # Who says how long to train says it whole.
        changed |= {key: wanted[key] for key in DURATION}
        changed = {k: v for k, v in changed.items() if not (k in DURATION and v is None)}
    return None if any(value is None for value in changed.values()) else changed


def _toml(value: Any) -> str:
    # A word that is no TOML is taken for a string, and needs no quotes within quotes.
    if (
        isinstance(value, str)
        and BARE.fullmatch(value)
        and value not in ("true", "false", "inf", "nan")
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
