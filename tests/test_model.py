import copy
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from textgan.errors import InputError
from textgan.model import TextGAN
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.objectives.hinge import normalise
from textgan.sampling.noise import CHUNK, Asked, noises
from textgan.sampling.spelling import lines_of
from textgan.sampling.writing import TOGETHER, write
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


def test_it_says_what_it_is(model):
    size = sum(p.numel() for p in model.generator.parameters())
    symbols = model.tokenizer.vocab_size
    assert repr(model) == f"<TextGAN: {symbols} symbols, length 8, {size:,} parameters>"


def test_the_same_seed_writes_the_same_lines_however_many_are_asked(model):
    many = model.sample(CHUNK * 2 + 3, seed=5)
    assert len(many) == CHUNK * 2 + 3
    for n in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1):
        assert model.sample(n, seed=5) == many[:n]
    assert model.sample(20, seed=6) != many[:20]
    assert len(set(many)) > 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_writes_the_same_lines_however_many_are_asked(model):
    there = TextGAN(model.tokenizer, copy.deepcopy(model.generator)).to("cuda")
    many = there.sample(CHUNK * TOGETHER + 300, seed=5)
    assert len(many) == CHUNK * TOGETHER + 300
    for n in (1, CHUNK + 1, CHUNK * TOGETHER, CHUNK * TOGETHER + 1):
        assert there.sample(n, seed=5) == many[:n]
    assert "".join(there.text(len(many), seed=5)) == "".join(line + "\n" for line in many)
    warm = there.sample(300, seed=5, temperature=1.0)
    assert "".join(there.text(300, seed=5, temperature=1.0)).split("\n") == [*warm, ""]
    # In bfloat16, where symbols of nearly equal probability may change places.
    here = model.sample(len(many), seed=5)
    assert sum(a == b for a, b in zip(here, many, strict=True)) > 0.8 * len(many)


def test_text_is_the_lines(model, chosen):
    for options in ({}, {"temperature": 1.0}, {"truncation": 0.5}):
        lines = model.sample(CHUNK + 9, seed=3, **options)
        assert "".join(model.text(CHUNK + 9, seed=3, **options)) == "\n".join([*lines, ""])
    best = chosen.sample(9, best_of=3)
    assert "".join(chosen.text(9, best_of=3)) == "\n".join([*best, ""])
    assert list(model.text(0)) == []


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


@pytest.fixture(scope="module")
def chosen(model):
    """The model with a critic that likes nothing but the symbol of `a`."""
    critic = Critic(vocab=model.generator.vocab, length=8, width=4, blocks=1, head="mean")
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        critic.input.weight[0, model.tokenizer.encode_batch(["a"], 1)[0, 0]] = 1
        critic.output.weight[0, 0] = 1
    return TextGAN(model.tokenizer, model.generator, critic=Critics([critic]))


def test_the_best_of_several_is_the_one_that_the_critic_likes_most(model, chosen):
    one = chosen.sample(CHUNK + 9, seed=4)
    assert one == model.sample(CHUNK + 9, seed=4)
    best = chosen.sample(CHUNK + 9, seed=4, best_of=5)
    assert best[:3] == chosen.sample(3, seed=4, best_of=5)
    count = [line.count("a") for line in best]
    assert all(after >= before.count("a") for after, before in zip(count, one, strict=True))
    assert sum(count) > 1.2 * sum(line.count("a") for line in one)
    # The tries are what each would write alone: of ten they are five, and five more.
    more = chosen.sample(CHUNK + 9, seed=4, best_of=10)
    assert all(line.count("a") >= before for line, before in zip(more, count, strict=True))
    warm = chosen.sample(300, seed=4, best_of=5, temperature=1.0)
    assert warm != best[:300] and sum(line.count("a") for line in warm) > sum(count[:300]) / 2


def test_scores_are_those_of_the_lines_that_were_chosen(chosen):
    noise = noises(chosen.generator, Asked(50, 7, best_of=4), range(1), [range(1)], 0)
    written = [write(chosen.generator, each.latents, scored=True) for each in noise]
    assert len(written) == 4
    tries = [list(zip(lines_of(chosen.tokenizer, s), p.tolist(), strict=True)) for s, p in written]
    for row, found in enumerate(zip(*next(iter(chosen.stream(50, 7, best_of=4))), strict=True)):
        assert found in [attempt[row] for attempt in tries]


def test_choosing_takes_a_critic_and_a_number(model, chosen):
    with pytest.raises(InputError, match=r"best_of is 2 .* without the critic"):
        model.sample(1, best_of=2)
    with pytest.raises(InputError, match="best_of is 0"):
        chosen.sample(1, best_of=0)


def test_the_critic_is_saved_and_loaded_whatever_made_its_weights(chosen, tmp_path):
    chosen.save_pretrained(tmp_path / "plain")
    assert (tmp_path / "plain" / "critic.safetensors").is_file()
    assert "| critics | 1 of width 4, 1 blocks;" in (tmp_path / "plain" / "README.md").read_text()
    again = TextGAN.from_pretrained(tmp_path / "plain")
    assert again.sample(50, seed=3, best_of=4) == chosen.sample(50, seed=3, best_of=4)
    shape = {"vocab": chosen.generator.vocab, "length": 8}
    critic = Critics(Critic(**shape, width=4, blocks=2, scale=0.5) for _ in range(3))
    for one in critic:
        normalise(one)
    TextGAN(chosen.tokenizer, chosen.generator, critic=critic).save_pretrained(tmp_path / "norm")
    loaded = TextGAN.from_pretrained(tmp_path / "norm").critic
    symbols = torch.randint(0, chosen.generator.vocab, (20, 8))
    torch.testing.assert_close(loaded(symbols), critic.eval()(symbols))


def test_a_critic_that_trains_is_copied_and_not_touched(chosen):
    critic = Critics([Critic(vocab=chosen.generator.vocab, length=8, width=4, blocks=2)])
    normalise(critic[0])
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    copied = TextGAN(chosen.tokenizer, chosen.generator, critic=critic).critic
    assert critic.training and all(p.requires_grad for p in critic.parameters())
    torch.testing.assert_close(dict(critic.state_dict()), before, rtol=0, atol=0)
    assert not any(p.requires_grad for p in copied.parameters())


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


def test_the_golden_model_writes_of_a_seed_what_it_always_did(monkeypatch):
    monkeypatch.setattr("textgan.sampling.writing.fast_dtype", lambda device: torch.float32)
    golden = TextGAN.from_pretrained(ROOT / "tests/golden/model")
    expected = ["bfzbrhkzcbqr", "yjh hkckzkl", "sbei", " qk zkqgkqmn"]
    assert golden.sample(4, seed=5) == expected
    lines = golden.sample(300, seed=5)
    assert lines[:4] == expected and lines[-2:] == ["kekbzzqbbc", "nlk icfkkzku"]


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
        ("config.json", lambda data: data.replace(b'"mean"', b'"max"'), "head"),
        ("config.json", lambda data: data.replace(b'"width": 4', b'"width": 5'), "does not fit"),
        ("config.json", lambda data: data.replace(b'"width": 4', b'"width": -1'), "width"),
        ("critic.safetensors", lambda data: data[:50], "damaged"),
    ],
)
def test_a_damaged_folder_is_refused_in_a_line(chosen, tmp_path, name, change, words):
    chosen.save_pretrained(tmp_path)
    file = tmp_path / name
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(InputError) as error:
        TextGAN.from_pretrained(tmp_path)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_no_pickle_is_ever_loaded(model, tmp_path):
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


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_a_loaded_model_lets_go_of_its_file(model, tmp_path):
    model.save_pretrained(tmp_path / "model")
    loaded = TextGAN.from_pretrained(tmp_path / "model")
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()
    loaded.save_pretrained(tmp_path / "model")


def test_integers_of_numpy_are_as_good_as_those_of_python(model):
    lines = model.sample(20, seed=3)
    for kind in (np.int8, np.int64, np.uint64):
        assert model.sample(kind(20), seed=kind(3)) == lines
        assert model.interpolate(kind(0), kind(4), kind(3), kind(3))[-1] == lines[4]


def test_no_default_of_torch_changes_a_line(chosen, tmp_path, defaults):
    chosen.save_pretrained(tmp_path)

    def written(model):
        few = model.sample(20, seed=1, temperature=1.0, truncation=0.7, best_of=3)
        return few, model.sample(CHUNK + 1, seed=1), model.interpolate(0, 3, seed=1)

    wanted = written(chosen)
    defaults(torch.float64, "meta")
    assert written(chosen) == written(TextGAN.from_pretrained(tmp_path)) == wanted


def test_lines_that_differ_and_that_a_text_lacks(model):
    drawn = model.sample(3000, seed=5, temperature=1.0)
    once = list(dict.fromkeys(drawn))
    assert len(once) < 3000
    manner = {"seed": 5, "temperature": 1.0}
    assert model.sample(len(once), unique=True, **manner) == once
    text = drawn[::7]
    known = {"", *(line.strip() for line in text)}
    new = [line for line in drawn if line.strip() not in known]
    assert model.sample(len(new), without=(line for line in text), **manner) == new
    both = model.sample(50, unique=True, without=text, **manner)
    assert both == list(dict.fromkeys(new))[:50]


def test_what_means_nothing_is_refused_at_once(model):
    for n in (-1, 2.5):
        for more in ({}, {"unique": True}, {"without": ["a"]}):
            with pytest.raises(InputError, match="n is"):
                model.sample(n, **more)
    with pytest.raises(InputError, match="without is one string"):
        model.sample(1, without="names.txt")
    with pytest.raises(InputError, match="without holds nan"):
        model.sample(1, without=["a", float("nan")])
    with pytest.raises(InputError, match="n is -1"):
        model.lines(-1)
    for ends in ((-1, 1), (0, -2), (0.5, 1)):
        with pytest.raises(InputError, match=r"(first|second) is"):
            model.interpolate(*ends)
    with pytest.raises(InputError, match=r"steps is 2\.5"):
        model.interpolate(0, 1, steps=2.5)


def test_a_pickled_model_writes_the_same_lines_in_another_process(chosen):
    again = pickle.loads(pickle.dumps(chosen))
    assert again.sample(20, best_of=2) == chosen.sample(20, best_of=2)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(chosen.sample, (20, 3)) == chosen.sample(20, 3)


def test_a_device_that_is_not_here_is_refused_in_a_line(model, tmp_path):
    model.save_pretrained(tmp_path)
    names = ["gpu", "cuda:99", *([] if torch.cuda.is_available() else ["cuda"])]
    for name in names:
        for used in (model.to, lambda name: TextGAN.from_pretrained(tmp_path, device=name)):
            with pytest.raises(InputError, match=f"device is '{name}'") as error:
                used(name)
            assert "\n" not in str(error.value)


def test_what_is_for_the_hub_goes_there_or_is_refused(model, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="revison"):
        TextGAN.from_pretrained(tmp_path, revison="main")
    with pytest.raises(InputError, match="private"):
        model.save_pretrained(tmp_path / "m", private=True)
    assert model.save_pretrained(tmp_path / "m", config=None) is None
    sent = []
    monkeypatch.setattr(
        TextGAN, "push_to_hub", lambda self, name, **more: sent.append((name, more))
    )
    model.save_pretrained(tmp_path / "m", push_to_hub=True)
    model.save_pretrained(tmp_path / "m", push_to_hub=True, repo_id="me/m", private=True)
    assert sent == [("m", {}), ("me/m", {"private": True})]


def test_a_file_in_the_way_of_a_folder_is_named(model, tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "model"):
        with pytest.raises(InputError, match=r"save_directory is .*file is a file"):
            model.save_pretrained(place)
    with pytest.raises(InputError, match="save_directory is None"):
        model.save_pretrained(None)
