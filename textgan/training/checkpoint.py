"""A run's saved states: `checkpoints/00002000/`, each whole, checked by digests, the old ones gone.

Networks and optimisers are safetensors, the rest JSON: loading one runs no code.
"""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from safetensors.torch import save as serialise
from torch import Tensor

from textgan.errors import InputError, first_line, out_of_memory
from textgan.files import new_folder, remove_folder
from textgan.model_folder import DAMAGES
from textgan.training.update import State

STATE = "state.json"
PLACE = re.compile(r"[0-9]{8,}")
"""How a saved state's folder is called; others that stand there are somebody else's."""


def save(folder: Path, state: State, seconds: float, keep: int) -> Path:
    """Write the state of a run and let go of all but the newest `keep`.

    States of later steps go, too: they were passed over as damaged when the run resumed.

    Args:
        folder: `RUN/checkpoints`.
        state: what to save.
        seconds: training time so far.
        keep: how many saved states stay.

    Returns:
        The folder written.
    """
    place = folder / f"{state.step:08d}"
    with new_folder(place) as aside:
        digests = {}
        for name, group in _tensors(state).items():
            file = aside / f"{name}.safetensors"
            # Through Python's own file, whose errors (a full disk) are the system's.
            data = serialise({key: value.contiguous() for key, value in group.items()})
            file.write_bytes(data)
            digests[file.name] = hashlib.sha256(data).hexdigest()
        facts = {"step": state.step, "seconds": seconds, "sha256": digests}
        whole = {**facts, "sha256_of_this": _digest_of_facts(facts)}
        (aside / STATE).write_text(json.dumps(whole, indent=1))
    prune(folder, state.step, keep)
    return place


def prune(folder: Path, step: int, keep: int) -> None:
    """Remove all saved states but the last `keep` up to that of `step`."""
    places = saved(folder)
    kept = [place for place in places if int(place.name) <= step][-keep:]
    for place in places:
        if place not in kept:
            remove_folder(place)


def broken_part(state: State) -> str | None:
    """The first network or optimiser that holds a number that is not finite."""
    return _broken(_tensors(state))


def saved(folder: Path) -> list[Path]:
    """The saved states of a run, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if PLACE.fullmatch(p.name) and p.is_dir())


def load_newest(folder: Path, state: State, say: Callable[[str], None]) -> float:
    """Put the newest whole saved state into `state`.

    Args:
        folder: `RUN/checkpoints`.
        state: freshly built with the run's settings; changed in place.
        say: told of each saved state that is damaged.

    Returns:
        Training time at that state, in seconds; 0 where nothing was saved.

    Raises:
        InputError: states were saved and none is whole.
    """
    places = saved(folder)
    for place in reversed(places):
        try:
            return _load(place, state)
        except DAMAGES as error:
            if out_of_memory(error):
                raise  # nothing is wrong with the file
            say(f"checkpoint {place} is damaged ({first_line(error)}); trying the one before it")
    if places:
        raise InputError(f"{folder} holds no whole checkpoint; --fresh starts the run over")
    return 0.0


def _tensors(state: State) -> dict[str, dict[str, Tensor]]:
    # In the order in which an update goes through them.
    return {
        "critic": dict(state.critic.state_dict()),
        "critic_optimiser": state.critic_optimiser.state(),
        "generator": dict(state.generator.state_dict()),
        "generator_optimiser": state.generator_optimiser.state(),
        "average": dict(state.average.state_dict()),
    }


def _broken(groups: dict[str, dict[str, Tensor]]) -> str | None:
    for name, group in groups.items():
        if not all(bool(tensor.isfinite().all()) for tensor in group.values()):
            return name
    return None


def _load(place: Path, state: State) -> float:
    facts: dict[str, Any] = json.loads((place / STATE).read_text(encoding="utf-8"))
    if facts.pop("sha256_of_this") != _digest_of_facts(facts) or facts["step"] != int(place.name):
        raise ValueError(f"{STATE} does not match its digest")
    groups = {}
    for name in _tensors(state):
        file = place / f"{name}.safetensors"
        if _digest(file) != facts["sha256"][file.name]:
            raise ValueError(f"{file.name} does not match its digest")
        groups[name] = load_file(file)
    if broken := _broken(groups):
        raise ValueError(f"{broken} holds a number that is not finite")
    state.generator.load_state_dict(groups["generator"])
    state.critic.load_state_dict(groups["critic"])
    state.average.load_state_dict(groups["average"])
    state.generator_optimiser.load(groups["generator_optimiser"])
    state.critic_optimiser.load(groups["critic_optimiser"])
    state.step = int(facts["step"])
    return float(facts["seconds"])


def _digest_of_facts(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
