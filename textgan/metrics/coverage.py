"""How many held-out strings a number of guesses finds: names, words, passwords."""

from collections.abc import Iterable, Sequence

from textgan.metrics.intervals import wilson
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate

GUESSES = tuple(10**k for k in range(2, 8))


def coverage(
    guesses: Iterable[str], held_out: Iterable[str], at: Sequence[int] = GUESSES
) -> dict[int, float]:
    """Share of the distinct held-out strings found by so many distinct guesses.

    Args:
        guesses: strings in the order in which they are guessed; doubles do not count as guesses. As
            many are read as are needed, so that a stream without end will do, as
            `NgramModel.stream` or a model's samples are.
        held_out: the strings to be found, at least one.
        at: numbers of unique guesses, rising.

    Returns:
        The share at each number that the guesses reach; a shorter dict where they end before.
    """
    wanted = set(held_out)
    seen: set[str] = set()
    found, shares, stops = 0, {}, list(at)
    for guess in guesses if stops else ():
        if guess in seen:
            continue
        seen.add(guess)
        found += guess in wanted
        if len(seen) == stops[0]:
            shares[stops.pop(0)] = found / len(wanted)
            if not stops:
                break
    return shares


def coverage_scores(side: Side) -> dict[str, Estimate]:
    """``coverage100``, ``coverage1000`` …: share of the reference's distinct lines that are found.

    By the first 10², 10³ … 10⁷ unique lines under test; give enough of them with -n.
    """
    wanted = set(side.material.reference)
    shares = coverage(side.texts, wanted)
    protocol = f"ref:{len(wanted)}|distinct"
    scores = {}
    for guesses in GUESSES:
        name = f"coverage{guesses}"
        if guesses in shares:
            share = shares[guesses]
            bars = wilson(round(share * len(wanted)), len(wanted))
            scores[name] = Estimate(share, *bars, protocol)
        else:
            why = "fewer unique lines than that; raise -n"
            scores[name] = Estimate(None, protocol=protocol, why=why)
    return scores
