import json

import numpy as np
import pytest
import torch

import textgan
from tests.conftest import ROOT
from textgan.errors import InputError
from textgan.model import CHUNK, TextGAN
from textgan.networks.generator import Generator
from textgan.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    tokenizer = Tokenizer.train("char", ["abcdefg"])
    generator = Generator(vocab=tokenizer.vocab_size, length=8, width=8, blocks=1, latent=4)
    with torch.no_grad():
        generator.output.weight.mul_(8)  # decided enough that samples differ
        generator.input.bias.normal_(0, 0.1)  # without biases only the direction of z would count
    return TextGAN(tokenizer, generator)


def test_the_same_seed_writes_the_same_lines_however_many_are_asked(model):
    many = model.sample(CHUNK * 2 + 3, seed=5)
    assert len(many) == CHUNK * 2 + 3
    for n in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1):
        assert model.sample(n, seed=5) == many[:n]
    assert model.sample(20, seed=6) != many[:20]
    assert len(set(many)) > 10


def test_temperature_and_truncation_follow_the_seed_too(model):
    warm = model.sample(300, seed=1, temperature=1.0)
    assert warm == model.sample(300, seed=1, temperature=1.0)
    assert warm[:7] == model.sample(7, seed=1, temperature=1.0)
    assert warm != model.sample(300, seed=1)
    near = model.sample(300, seed=1, truncation=0.01)
    assert len(set(near)) < len(set(model.sample(300, seed=1)))


def test_a_high_temperature_draws_from_the_softmax():
    tokenizer = Tokenizer.train("char", ["ab"])
    generator = Generator(vocab=tokenizer.vocab_size, length=1, width=4, blocks=1, latent=2)
    with torch.no_grad():
        generator.output.weight.zero_()
        generator.output.bias.copy_(torch.log(torch.tensor([1e-9, 1e-9, 1e-9, 0.25, 0.75])))
    model = TextGAN(tokenizer, generator)
    lines = model.sample(4000, temperature=1.0)
    first = tokenizer.decode_batch(np.array([[3]]))[0]
    assert lines.count(first) / len(lines) == pytest.approx(0.25, abs=0.03)
    assert set(model.sample(50)) == {tokenizer.decode_batch(np.array([[4]]))[0]}


def test_a_walk_ends_at_its_samples(model):
    lines = model.sample(CHUNK + 5, seed=2)
    walk = model.interpolate(3, CHUNK + 4, steps=7, seed=2)
    assert len(walk) == 7 and (walk[0], walk[-1]) == (lines[3], lines[CHUNK + 4])
    assert model.interpolate(3, 3, steps=3, seed=2) == [lines[3]] * 3
    with pytest.raises(InputError, match="steps is 1"):
        model.interpolate(0, 1, steps=1)


def test_scores_are_mean_log_probabilities(model):
    lines, scores = next(iter(model.stream(20)))
    assert lines == model.sample(20) and len(scores) == 20
    assert all(score <= 0 for score in scores)


def test_save_and_load_give_the_same_lines(model, tmp_path):
    model.save_pretrained(tmp_path / "m")
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == [
        "README.md", "config.json", "model.safetensors", "tokenizer.json",
    ]  # fmt: skip
    assert TextGAN.from_pretrained(tmp_path / "m").sample(50, seed=3) == model.sample(50, seed=3)


def test_the_golden_model_still_speaks():
    """A tiny model written once by version 0.1.0: what it wrote then it writes for ever."""
    golden = ROOT / "tests/golden/model"
    expected = (ROOT / "tests/golden/samples.txt").read_text(encoding="utf-8").splitlines()
    generator = TextGAN.from_pretrained(golden).generator
    # In float32, so that the machine's own fast type does not decide near ties.
    z = torch.linspace(-2, 2, 16 * generator.latent).view(16, -1)
    ids = generator.logits(z).argmax(-1).numpy()
    assert Tokenizer.load(golden / "tokenizer.json").decode_batch(ids) == expected


def test_the_card_escapes_what_users_named(model, tmp_path):
    named = TextGAN(model.tokenizer, model.generator, {"corpus": "a|b <script> [x](y) `z`"})
    named.save_pretrained(tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "a\\|b \\<script\\> \\[x\\](y) \\`z\\`" in card


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("config.json", lambda data: b"{", "damaged"),
        ("config.json", lambda data: data.replace(b'"width": 8', b'"width": 9'), "does not fit"),
        ("config.json", lambda data: data.replace(b'"width": 8', b'"width": 999999'), "width"),
        ("config.json", lambda data: data.replace(b'"blocks": 1', b'"blocks": "1"'), "blocks"),
        ("config.json", lambda data: b"[]", "damaged"),
        ("model.safetensors", lambda data: data[:50], "damaged"),
        ("model.safetensors", lambda data: b"\xff" * 100, "damaged"),
        ("tokenizer.json", lambda data: b"{}", "tokenizer.json"),
    ],
)
def test_a_damaged_folder_is_refused_in_a_line(model, tmp_path, name, change, words):
    model.save_pretrained(tmp_path)
    file = tmp_path / name
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(InputError) as error:
        TextGAN.from_pretrained(tmp_path)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_no_pickle_is_ever_loaded(model, tmp_path):
    import pickle

    model.save_pretrained(tmp_path)
    mark = tmp_path / "mark"

    class Payload:
        def __reduce__(self):
            return (open, (str(mark), "w"))

    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Payload()))
    with pytest.raises(InputError, match=r"model\.safetensors"):
        TextGAN.from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(pickle.dumps(Payload()))
    with pytest.raises(InputError, match="damaged"):
        TextGAN.from_pretrained(tmp_path)
    assert not mark.exists()


def test_a_bare_word_is_a_wrong_path_not_a_request():
    with pytest.raises(InputError, match="no such run or model folder"):
        TextGAN.from_pretrained("gpt2")


def test_the_python_interface_does_what_the_verbs_do(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = textgan.train(names, preset="tiny", steps=10, length=8)
    assert (tmp_path / "runs/names/settings.toml").exists()
    lines = [line for line in model.sample(60) if line.strip()]
    result = textgan.evaluate(lines, reference=names, names=["js2", "unique"])
    scores = {score.name: score for score in result.scores}
    assert scores["js2"].real is not None and 0 < scores["js2"].value <= 1
    assert json.loads(json.dumps(result.as_json()))["n"] == len(lines)
