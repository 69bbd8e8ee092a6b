"""Molecules as SELFIES, one symbol a word, and back: whatever a model writes is then a molecule.

    python benchmarks/selfies_lines.py encode molecules.csv > selfies.txt
    textgan train selfies.txt --tokenizer word --length 50 --minutes 20 --out RUN
    textgan sample RUN -n 2000 | python benchmarks/selfies_lines.py decode > molecules.txt

SELFIES (Krenn et al. 2020, arXiv 1905.13741) is a notation in which every sequence of symbols
stands for a molecule, so that a model cannot leave a ring or a bracket open. Needs the packages
`selfies` and `rdkit` (`pip install 'textgan[molecules]'`). SMILES come back in RDKit's canonical
form, so that written and real molecules may be compared as text:

    python benchmarks/selfies_lines.py encode molecules.csv | \
        python benchmarks/selfies_lines.py decode > real.txt
"""

import argparse
import fileinput
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import selfies  # noqa: E402
from rdkit import Chem, RDLogger  # noqa: E402

from textgan.errors import InputError  # noqa: E402
from textgan.text.corpus import plain_lines  # noqa: E402


def encoded(smiles: str) -> str | None:
    """SMILES as SELFIES symbols with blanks between; none where SELFIES has none for it."""
    try:
        return " ".join(selfies.split_selfies(selfies.encoder(smiles)))
    except selfies.EncoderError:  # no molecule, or bonds that are held impossible
        return None


def decoded(line: str) -> str:
    """SELFIES symbols as canonical SMILES; empty where they are none, or RDKit sees no molecule."""
    try:
        molecule = Chem.MolFromSmiles(selfies.decoder("".join(line.split())))
    except selfies.DecoderError:
        return ""
    return "" if molecule is None else Chem.MolToSmiles(molecule)


def written(way: str, file: str) -> Iterator[str]:
    """The lines of the output."""
    if way == "decode":  # a blank line is a line that is no molecule, and stays one
        yield from map(decoded, fileinput.input(file, encoding="utf-8"))
        return
    lines = plain_lines(file)
    found = [line for line in map(encoded, lines) if line]
    print(f"{len(lines) - len(found)} of {len(lines)} lines left out", file=sys.stderr)
    yield from found


def main() -> None:
    """Turn one notation into the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("way", choices=["encode", "decode"])
    parser.add_argument("file", nargs="?", default="-", help="standard input by default")
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    try:
        for line in written(options.way, options.file):
            print(line)
    except (InputError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
