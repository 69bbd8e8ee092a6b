"""What is told of a prepared corpus."""

from dataclasses import replace

import numpy as np

from textgan.text.summary import CAP, Lengths, Summary, describe

SUMMARY = Summary(
    read=3, kept=3, dropped={}, cut=0, unknown=0, symbols=4, length=8, tokenizer="char",
    lengths={"50%": 8, "longest": 8}, splits={"train": 3, "validation": 0, "test": 0}, samples=(),
)  # fmt: skip


def test_empty_splits_are_not_always_a_matter_of_few_lines():
    few = describe(SUMMARY).splitlines()[-1].strip()
    assert few == "no line for validation and test: too few lines to hold any out"
    strange = describe(replace(SUMMARY, dropped={"with unknown symbols": 2})).splitlines()[-1]
    assert strange.strip() == f"{few}, or those held unknown symbols (--unknown keep)"


def test_percentiles_are_the_smallest_lengths_that_hold_so_many_lines():
    lengths = Lengths()
    for some in (range(15, 21), range(1, 15), ()):
        lengths.add(np.array(some, np.int64))
    assert lengths.percentiles() == {"5%": 1, "50%": 10, "95%": 19, "longest": 20}
    lengths.add(np.array([CAP + 9] * 20))
    assert lengths.percentiles() == {"5%": 2, "50%": 20, "95%": CAP, "longest": CAP + 9}
