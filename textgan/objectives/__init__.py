"""What critic and generator minimise; one small file each.

A new objective is one file with a function that returns an `Objective`, and one line here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from textgan.errors import choose
from textgan.objectives.objective import Objective
from textgan.objectives.wgan_gp import wgan_gp


class Wanted(Protocol):
    """The settings that objectives are built from."""

    @property
    def name(self) -> str:
        """What `--objective` says."""
        ...

    @property
    def penalty_weight(self) -> float:
        """The weight of the gradient penalty."""
        ...


OBJECTIVES: Mapping[str, Callable[[Wanted], Objective]] = MappingProxyType(
    {
        "wgan-gp": lambda wanted: wgan_gp(wanted.penalty_weight),
        "wgan-lp": lambda wanted: wgan_gp(wanted.penalty_weight, one_sided=True),
    }
)


def build_objective(wanted: Wanted) -> Objective:
    """The objective that settings name."""
    return OBJECTIVES[choose("objective", wanted.name, OBJECTIVES)](wanted)
