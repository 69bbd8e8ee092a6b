"""A side of an evaluation for the tests of single scores."""

from textgan.metrics.material import Material, Side


def side(lines, reference, level="char", train=None, seed=0):
    return Side(lines, Material(lines, None, reference, train, level, seed))
