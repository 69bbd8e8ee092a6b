"""Model and run folders of a stranger who means harm: refused in a line, and nothing runs."""

import gzip
import io
import json
import resource
import shutil
import zipfile

import pytest
from safetensors.torch import load_file, save_file

from textgan.errors import InputError
from textgan.model import TextGAN
from textgan.model_folder import CONFIG, CRITIC, TOKENIZER, WEIGHTS
from textgan.text.card import Card, Local
from textgan.text.corpus import open_prepared
from textgan.text.tokenizer import Tokenizer

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def model(tmp_path, whole_model):
    folder = tmp_path / "model"
    shutil.copytree(whole_model, folder)
    assert len(TextGAN.from_pretrained(folder).sample(2, best_of=2)) == 2
    return folder


def zipped(payload, size=1 << 20):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", payload)
        file.writestr("../../mark", b"x")
        file.writestr("zeros", bytes(size))
    return out.getvalue()


def header(table):
    data = json.dumps(table).encode()
    return len(data).to_bytes(8, "little") + data


def lying(**fields):
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16], **fields}
    return header({"output.bias": entry, "input.weight": entry}) + bytes(16)


WRONG_WEIGHTS = {
    "pickle": lambda payload: payload,
    "zip, as torch.save makes it": zipped,
    "zip bomb": lambda payload: zipped(payload, 1 << 26),
    "gzip bomb": lambda payload: gzip.compress(bytes(1 << 26)),
    "nothing": lambda payload: b"",
    "header longer than the file": lambda payload: (1 << 40).to_bytes(8, "little") + b"{}",
    "header of 2^64 bytes": lambda payload: b"\xff" * 8 + b"{}",
    "offsets beyond the file": lambda payload: lying(shape=[1 << 30], data_offsets=[0, 1 << 32]),
    "shape larger than its bytes": lambda payload: lying(shape=[10**9]),
    "shape that overflows": lambda payload: lying(shape=[2**62, 2**62]),
    "negative offsets": lambda payload: lying(data_offsets=[-16, 0]),
    "tensors that overlap": lambda payload: lying(),
    "a kind of number of its own": lambda payload: lying(dtype="O"),
}


@pytest.mark.parametrize("name", [WEIGHTS, CRITIC])
@pytest.mark.parametrize("what", WRONG_WEIGHTS)
def test_weights_that_are_none(model, payload, what, name):
    (model / name).write_bytes(WRONG_WEIGHTS[what](payload))
    with pytest.raises(InputError, match="damaged model") as caught:
        TextGAN.from_pretrained(model)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_a_pickle_beside_or_in_place_of_the_weights(model, payload, name):
    (model / name).write_bytes(payload)
    assert TextGAN.from_pretrained(model).sample(1)
    (model / WEIGHTS).unlink()
    with pytest.raises(InputError, match=r"it has no model\.safetensors"):
        TextGAN.from_pretrained(model)


def test_a_critic_that_is_not_there(model):
    (model / CRITIC).unlink()
    with pytest.raises(InputError, match="damaged model"):
        TextGAN.from_pretrained(model)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, TOKENIZER, CRITIC])
def test_links_out_of_the_folder(model, tmp_path, name):
    outside = tmp_path / "outside"
    (model / name).rename(outside)
    (model / name).symlink_to(outside)
    with pytest.raises(InputError, match="is a link out of the folder") as caught:
        TextGAN.from_pretrained(model)
    assert name in str(caught.value)


def test_links_within_the_folder_stay(model):
    (model / WEIGHTS).rename(model / "blob")
    (model / WEIGHTS).symlink_to("blob")
    assert TextGAN.from_pretrained(model).sample(1)


SIZES = [
    *((key, 10**9) for key in ("width", "length", "blocks", "vocab", "latent", "kernel", "scale")),
    ("scale", "1e999"),
    ("scale", 10**400),
    ("scale", float("nan")),
]


@pytest.mark.parametrize(("key", "size"), SIZES, ids=lambda value: str(value)[:20])
def test_absurd_sizes_take_no_memory(model, key, size):
    config = json.loads((model / CONFIG).read_text())
    (model / CONFIG).write_text(json.dumps({**config, key: size}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=rf"config\.json: {key} is"):
        TextGAN.from_pretrained(model)
    if key in config["critic"]:
        (model / CONFIG).write_text(
            json.dumps({**config, "critic": config["critic"] | {key: size}})
        )
        with pytest.raises(InputError, match=rf"config\.json: {key} is"):
            TextGAN.from_pretrained(model)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_more_critics_than_the_file_has_are_not_built(model):
    config = json.loads((model / CONFIG).read_text())
    config["critic"] |= {"count": 1_000, "blocks": 1_000}
    (model / CONFIG).write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"critic\.safetensors does not fit"):
        TextGAN.from_pretrained(model)


def test_a_configuration_without_end(model):
    (model / CONFIG).write_bytes(b" " * (1 << 21))
    with pytest.raises(InputError, match=r"config\.json is larger than 1 MiB"):
        TextGAN.from_pretrained(model)


TOKENIZER_LIES = {
    "10^9 entries": lambda file: file["model"].update(vocab={"a": 0, "b": 10**9}),
    "a way out in a piece": lambda file: file["model"]["vocab"].update({"../../x": 3}),
    "a template to run": lambda file: file.update(post_processor={"type": "TemplateProcessing"}),
    "a regular expression without end": lambda file: file.update(
        pre_tokenizer={"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}
    ),
}


@pytest.mark.parametrize("what", TOKENIZER_LIES)
def test_tokenizers_that_lie(model, what):
    file = json.loads((model / TOKENIZER).read_text())
    TOKENIZER_LIES[what](file)
    (model / TOKENIZER).write_text(json.dumps(file))
    with pytest.raises(InputError, match="is not a tokenizer of textgan") as caught:
        TextGAN.from_pretrained(model)
    assert "\n" not in str(caught.value)
    (model / TOKENIZER).write_bytes(b'{"model":{"vocab":{' + b'"a":0,' * 6_000_000)
    with pytest.raises(InputError, match="larger than 32 MiB"):
        Tokenizer.load(model / TOKENIZER)


def test_a_run_folder_names_no_folder_to_delete(tmp_path, own_cache):
    """The cache removes what is damaged in it, and nothing that a stranger's name leads to."""
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "letters.txt").write_text("dear")
    (own_cache / "prepared").mkdir(parents=True)
    for name in ("../../treasure", str(treasure), "..", ".", "", "x/../../../treasure"):
        assert open_prepared(own_cache / "prepared" / name, Card("x", Local("x"))) is None
    assert (treasure / "letters.txt").read_text() == "dear" and (own_cache / "prepared").is_dir()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", [WEIGHTS, CRITIC])
def test_weights_that_are_no_numbers(model, name, value):
    tensors = load_file(model / name)
    next(iter(tensors.values())).view(-1)[0] = value
    save_file(tensors, model / name)
    with pytest.raises(InputError, match=f"{name} holds a number that is not finite"):
        TextGAN.from_pretrained(model)


def test_weights_beside_those_that_belong_take_no_memory(model):
    """A sparse file of 64 GiB, most of them a tensor that no network has."""
    data = (model / WEIGHTS).read_bytes()
    size = int.from_bytes(data[:8], "little")
    table, end = json.loads(data[8 : 8 + size]), len(data) - 8 - size
    more = 1 << 36
    table["more"] = {"dtype": "F32", "shape": [more // 4], "data_offsets": [end, end + more]}
    with (model / WEIGHTS).open("wb") as file:
        file.write(header(table) + data[8 + size :])
        file.truncate(file.tell() + more)
    with pytest.raises(InputError, match="does not fit"):
        TextGAN.from_pretrained(model)
