"""The card of a model says of it what the page and the terminal say."""

from textgan.card import model_card
from textgan.text.tokenizer import Tokenizer


def test_symbols_are_those_of_the_text():
    tokenizer = Tokenizer.train("char", ["anna", "bert"])
    sizes = dict.fromkeys(("length", "width", "blocks", "kernel", "latent"), 8)
    card = model_card({"vocab": tokenizer.vocab_size, **sizes}, tokenizer)
    assert f"| symbols | {len(set('annabert'))} (char) |" in card
