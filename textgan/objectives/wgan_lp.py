"""WGAN-LP: WGAN-GP whose penalty leaves slopes below one free, as the distance's theory does.

    critic:     mean D(fake) - mean D(real) + weight * mean max(|grad D(mixed)| - 1, 0)^2
    generator:  -mean D(fake)

Petzka et al. 2018, arXiv 1709.08894, equation 8.
"""

from dataclasses import replace

from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty
from textgan.objectives.wgan_gp import PENALTY_WEIGHT, wgan_gp


def wgan_lp(penalty_weight: float = PENALTY_WEIGHT) -> Objective:
    """WGAN with the one-sided penalty; losses and curve are those of `wgan-gp`."""
    return replace(wgan_gp(), name="wgan-lp", penalty=Penalty(penalty_weight, one_sided=True))
