"""What the tests of experiments share: nobody watches, and jobs run here, one after the other."""

from textgan.lab.experiment import Lab


def quiet(units):
    """A tick that nobody hears."""


def in_turn(function, jobs, units):
    """A `Spread` without processes; every job must tick its units."""
    found = []
    for job in jobs:
        ticks = []
        found.append(function(*job, ticks.append))
        assert sum(ticks) == units
    return found


LAB = Lab(full=False, seeds=(1,), spread=in_turn)
