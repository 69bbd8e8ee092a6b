"""Molecules out of SMILES strings, through RDKit: an extra, imported only when asked for."""

from collections.abc import Sequence

from textgan.errors import InputError


def canonical(texts: Sequence[str]) -> list[str | None]:
    """The canonical SMILES of each text, None where RDKit parses no molecule with an atom.

    Raises:
        InputError: RDKit is not installed.
    """
    try:
        from rdkit import Chem, rdBase
    except ImportError:
        raise InputError(
            "the scores of molecules need RDKit; run: pip install 'textgan[molecules]'"
        ) from None
    found: list[str | None] = []
    with rdBase.BlockLogs():  # one complaint for every string that is no molecule
        for text in texts:
            molecule = Chem.MolFromSmiles(text)
            valid = molecule is not None and molecule.GetNumAtoms() > 0
            found.append(Chem.MolToSmiles(molecule) if valid else None)
    return found
