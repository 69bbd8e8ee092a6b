"""Checks of SMILES strings as MOSES makes them."""

from textgan.metrics.intervals import wilson
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.smiles import canonical


def molecule_scores(side: Side) -> dict[str, Estimate]:
    """``smiles_valid``, ``smiles_unique`` among the valid, ``smiles_novel`` among the unique.

    Molecules are compared by canonical SMILES, and novelty needs the training
    text.
    """
    found = [smiles for smiles in canonical(side.texts) if smiles is not None]
    scores = {"smiles_valid": _share(len(found), len(side.texts), "")}
    unique = set(found)
    scores["smiles_unique"] = _share(len(unique), len(found), "among:valid")
    if side.material.train is None:
        why = "needs the training text; pass --train"
        scores["smiles_novel"] = Estimate(None, why=why)
        return scores
    known = side.material.train_molecules
    protocol = f"among:unique|train:{len(side.material.train)}"
    scores["smiles_novel"] = _share(len(unique - known), len(unique), protocol)
    return scores


def _share(hits: int, trials: int, protocol: str) -> Estimate:
    if not trials:
        return Estimate(None, protocol=protocol, why="no line is a valid molecule")
    return Estimate(hits / trials, *wilson(hits, trials), protocol)
