"""What a run takes from the prepared corpus that it began with."""

from dataclasses import replace

import numpy as np

from textgan.text.corpus import find_card, prepare
from textgan.text.tokenizer import Tokenizer
from textgan.training.runs import encoded_lines


def test_training_lines_are_symbols_of_the_runs_own_tokenizer(names):
    corpus = prepare(find_card(str(names)), tokenizer="char", length=8)
    kept = encoded_lines(corpus)
    assert isinstance(kept, np.memmap) and np.array_equal(kept, corpus.encoded("train"))
    learned_anew = Tokenizer.train("char", ["zyxwvutsrqponmlkjihgfedcba"])
    lines = encoded_lines(replace(corpus, tokenizer=learned_anew))
    assert learned_anew.decode_batch(np.asarray(lines)) == corpus.lines("train")
    assert not np.array_equal(lines, corpus.encoded("train"))
