"""How far building is, what subword vocabularies are learned from, and where it goes."""

from textgan.text import build
from textgan.text.corpus import find_card, prepare

WORDS = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "li", "to")]


def test_progress_of_subwords_names_what_lasts(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.txt"
    path.write_text("\n".join(WORDS))
    told = []
    prepare(find_card(str(path)), tokenizer="bpe", progress=lambda *what: told.append(what))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [
        "read", "learn", "learning a vocabulary from", "cut", "compare", "encode",
    ]  # fmt: skip
    learnt = next(done for stage, done, _ in told if stage.startswith("learning"))
    assert 0 < learnt < len(WORDS)
    assert ("cut", len(WORDS), len(WORDS)) in told


def test_subwords_are_learned_from_so_many_symbols():
    """Ordinary corpora whole; of words that are sentences, fewer."""
    assert build.one_in(1_000_000, 49_000_000, 9_000_000) == 1
    assert build.one_in(1_000_000, 400_000_000, 80_000_000) == 8
    assert build.one_in(5_000_000, 49_000_000, 9_000_000) == 3
    assert build.one_in(200_000, 8_000_000, 0) == 1
    assert build.one_in(1_900_000, 70_000_000, 0) == 5


def test_the_name_of_a_file_may_be_as_long_as_a_file_system_bears(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / ("ä" * 124 + ".txt")
    path.write_text("\n".join(WORDS))
    corpus = prepare(find_card(str(path)))
    assert corpus.summary.kept == len(WORDS)
    assert corpus.card.name == path.stem
