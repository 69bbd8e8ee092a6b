"""What a run takes from the prepared corpus that it began with."""

from dataclasses import replace

import numpy as np
import pytest

from textgan.text.corpus import find_card, prepare
from textgan.text.tokenizer import Tokenizer
from textgan.training.runs import corpus_of, encoded_lines, run_corpus, run_settings
from textgan.training.train import plan_run


def test_training_lines_are_symbols_of_the_runs_own_tokenizer(names):
    corpus = prepare(find_card(str(names)), tokenizer="char", length=8)
    kept = encoded_lines(corpus)
    assert isinstance(kept, np.memmap) and np.array_equal(kept, corpus.encoded("train"))
    learned_anew = Tokenizer.train("char", ["zyxwvutsrqponmlkjihgfedcba"])
    lines = encoded_lines(replace(corpus, tokenizer=learned_anew))
    assert learned_anew.decode_batch(np.asarray(lines)) == corpus.lines("train")
    assert not np.array_equal(lines, corpus.encoded("train"))


@pytest.mark.usefixtures("threads")
def test_a_run_that_goes_on_has_its_own_tokenizer(run_here, names, tmp_path):
    run_here(tmp_path, {"training.steps": 1})
    settings = run_settings(tmp_path)
    first = corpus_of(settings, None).tokenizer
    letters = sorted({*names.read_text()} - {"\n"}, reverse=True)
    own = Tokenizer.train("char", ["".join(letters)])
    assert own.vocab_size == first.vocab_size and own.vocabulary != first.vocabulary
    own.save(tmp_path / "tokenizer.json")
    plan = plan_run(settings, tmp_path)
    for corpus in (plan.corpus, corpus_of(settings, tmp_path), run_corpus(tmp_path)):
        assert corpus.tokenizer.vocabulary == own.vocabulary
    assert corpus_of(settings, None).tokenizer.vocabulary == first.vocabulary
