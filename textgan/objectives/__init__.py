"""What critic and generator minimise; one small file each.

A new objective is one file with a function that returns an `Objective`, and one line here:
docs/objectives.md shows how.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from textgan.errors import InputError, choose
from textgan.objectives.gan import gan
from textgan.objectives.gan_minimax import gan_minimax
from textgan.objectives.hinge import hinge
from textgan.objectives.objective import Objective
from textgan.objectives.relativistic import relativistic
from textgan.objectives.wgan_clip import CLIP, wgan_clip
from textgan.objectives.wgan_gp import wgan_gp
from textgan.objectives.wgan_lp import wgan_lp


class Wanted(Protocol):
    """The settings that objectives are built from."""

    @property
    def name(self) -> str:
        """What `--objective` says."""
        ...

    @property
    def penalty_weight(self) -> float | None:
        """What multiplies the penalty; none stands for the objective's own."""
        ...

    @property
    def clip(self) -> float:
        """The largest parameter of a clipped critic."""
        ...


OBJECTIVES: Mapping[str, Callable[[Wanted], Objective]] = MappingProxyType(
    {
        "gan-minimax": lambda wanted: gan_minimax(),
        "gan": lambda wanted: gan(),
        "wgan-clip": lambda wanted: wgan_clip(wanted.clip),
        "wgan-gp": lambda wanted: wgan_gp(),
        "wgan-lp": lambda wanted: wgan_lp(),
        "relativistic": lambda wanted: relativistic(),
        "hinge": lambda wanted: hinge(),
    }
)


def build_objective(wanted: Wanted) -> Objective:
    """The objective that settings name.

    Raises:
        InputError: there is none of that name, or it has no penalty to weigh, or clips nothing.
    """
    objective = OBJECTIVES[choose("objective", wanted.name, OBJECTIVES)](wanted)
    if wanted.clip != CLIP and objective.name != "wgan-clip":
        raise InputError(
            f"objective.clip is {wanted.clip:g}, but {objective.name} clips nothing; leave it out"
        )
    if wanted.penalty_weight is None:
        return objective
    if objective.penalty is None:
        raise InputError(
            f"objective.penalty_weight is {wanted.penalty_weight:g}, but {objective.name} has no "
            "penalty; leave it out"
        )
    return replace(objective, penalty=replace(objective.penalty, weight=wanted.penalty_weight))
