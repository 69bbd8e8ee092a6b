"""The experiments by name. A new one is one file of this folder and one line here."""

import importlib

from textgan.errors import choose
from textgan.lab.experiment import Experiment

NAMES = (
    "distance",
    "vanishing",
    "clipping",
    "modes",
    "curve",
    "earthmover",
    "depth",
    "robustness",
    "discrete",
    "lipschitz",
)
"""Each a module of this package that holds an `EXPERIMENT`."""


def find(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        InputError: there is none.
    """
    module = importlib.import_module(f"textgan.lab.{choose('experiment', name, NAMES)}")
    experiment: Experiment = module.EXPERIMENT
    return experiment
