"""A label's vector is what its one-hot row beside the input adds; without labels nothing is."""

import copy
import math
import pickle

import pytest
import torch
from torch.nn import functional

from textgan.networks.blocks import label_vectors
from textgan.networks.critic import Critic, Critics, settled
from textgan.networks.generator import Generator
from textgan.objectives.hinge import normalise

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

VOCAB, LENGTH, WIDTH, LATENT, LABELS = 7, 6, 8, 5, 4
SHAPE = {"vocab": VOCAB, "length": LENGTH, "width": WIDTH, "blocks": 2, "kernel": 3}
PARTS = ("weight", "bias")
OF_EACH = torch.tensor([2, 0, 3, 3, 1])
"""Labels of five lines: one twice, and in no order."""


def prepared(kind, **more):
    torch.manual_seed(0)
    network = kind(**SHAPE, labels=LABELS, **more).double()
    with torch.no_grad():  # biases away from zero
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return network


def beside(rows, labels):
    """Rows with the label's one-hot row at the end of each: `(batch, …, size + LABELS)`."""
    one_hot = torch.eye(LABELS, dtype=rows.dtype)[labels]
    one_hot = one_hot.view(len(rows), *[1] * (rows.dim() - 2), LABELS)
    return torch.cat([rows, one_hot.expand(*rows.shape[:-1], LABELS)], -1)


def blocks_of(network, h):
    """The residual blocks by torch's own convolution, on `(batch, length, width)`."""
    for block in network.blocks:
        inner = h
        for layer in (block.first, block.second):
            inner = functional.conv1d(
                inner.relu().transpose(1, 2), layer.weight.transpose(1, 2), layer.bias, padding=1
            ).transpose(1, 2)
        h = h + block.scale * inner
    return h


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
def test_the_generator_reads_its_latent_with_the_one_hot_label_at_its_end(output):
    generator = prepared(Generator, latent=LATENT, output=output)
    z = torch.randn(5, LATENT, dtype=torch.float64)
    weight = torch.cat([generator.input.weight, generator.label.t()], 1)
    h = functional.linear(beside(z, OF_EACH), weight, generator.input.bias)
    h = blocks_of(generator, h.view(5, LENGTH, WIDTH))
    expected = functional.linear(h, generator.output.weight, generator.output.bias)
    torch.testing.assert_close(generator.logits(z, labels=OF_EACH), expected)
    slabs = torch.cat(list(generator.slabs(z, labels=OF_EACH)))
    torch.testing.assert_close(slabs.view_as(expected), expected)
    given = generator(z, labels=OF_EACH)
    written = generator.written(z, labels=OF_EACH)
    if output == "softmax":
        torch.testing.assert_close(given, expected.softmax(-1))
        assert torch.equal(written, given)
    else:
        torch.testing.assert_close(given.probabilities, expected.softmax(-1))
        assert torch.equal(given.symbols, expected.argmax(-1))
        assert torch.equal(written, given.symbols)
    assert not torch.allclose(generator.logits(z, labels=OF_EACH.flip(0)), expected)


@pytest.mark.parametrize("given", ["symbols", "probabilities", "both"])
@pytest.mark.parametrize("head", ["flatten", "mean"])
def test_the_critic_reads_each_symbol_with_the_one_hot_label_beside_it(head, given):
    critic = prepared(Critic, head=head)
    symbols = torch.randint(0, VOCAB, (5, LENGTH))
    rows = torch.eye(VOCAB, dtype=torch.float64)[symbols]
    x = symbols
    if given != "symbols":
        rows = x = torch.rand_like(rows).softmax(-1)
    if given == "both":
        hard = prepared(Generator, latent=LATENT, output="straight-through")
        x = hard(torch.randn(5, LATENT, dtype=torch.float64), labels=OF_EACH)
        rows = torch.eye(VOCAB, dtype=torch.float64)[x.symbols]
    weight = torch.cat([critic.input.weight, critic.label.t()], 1)
    h = blocks_of(critic, functional.linear(beside(rows, OF_EACH), weight, critic.input.bias))
    h = h.flatten(1) if head == "flatten" else h.mean(1)
    expected = functional.linear(h, critic.output.weight, critic.output.bias)[:, 0]
    torch.testing.assert_close(critic(x, labels=OF_EACH), expected)
    assert not torch.allclose(critic(x, labels=OF_EACH.flip(0)), expected)


def test_several_critics_judge_a_label_by_their_mean():
    torch.manual_seed(0)
    ones = [Critic(**SHAPE, labels=LABELS) for _ in range(3)]
    x = torch.randint(0, VOCAB, (5, LENGTH))
    expected = sum(one(x, labels=OF_EACH) for one in ones) / 3
    torch.testing.assert_close(Critics(ones)(x, labels=OF_EACH), expected)
    assert torch.equal(Critics(ones[:1])(x, labels=OF_EACH), ones[0](x, labels=OF_EACH))
    rows = torch.rand(5, LENGTH, VOCAB).softmax(-1)
    expected = sum(one(rows, labels=OF_EACH) for one in ones) / 3
    torch.testing.assert_close(Critics(ones)(rows, labels=OF_EACH), expected)
    assert Critics(ones).shape()["labels"] == LABELS


@pytest.mark.parametrize("normalised", [False, True])
def test_settled_critics_keep_their_labels(normalised):
    critics = Critics(Critic(**SHAPE, labels=LABELS) for _ in range(2))
    if normalised:
        for one in critics:
            normalise(one)
    critics.eval()
    copied = settled(critics)
    x = torch.randint(0, VOCAB, (5, LENGTH))
    torch.testing.assert_close(copied(x, labels=OF_EACH), critics(x, labels=OF_EACH))
    for mine, theirs in zip(copied, critics, strict=True):
        assert torch.equal(mine.label, theirs.label) and not mine.label.requires_grad
        assert mine.label is not theirs.label and mine.shape() == theirs.shape()
    with torch.no_grad():
        critics[0].label.zero_()
    assert copied[0].label.any()


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_copies_have_label_vectors_of_their_own(kind):
    network = prepared(kind)
    for copied in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(copied.label, network.label)
        with torch.no_grad():
            copied.label.zero_()
        assert network.label.any()


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_without_labels_a_network_has_what_it_had_before_there_were_any(kind):
    with_them, without = kind(**SHAPE, labels=LABELS), kind(**SHAPE)
    assert without.label is None and "labels" not in getattr(without, "shape", dict)()
    keys = list(without.state_dict())
    assert "label" not in keys
    assert set(with_them.state_dict()) == {*keys, "label"}
    blocks = [f"blocks.{i}.{n}.{p}" for i in (0, 1) for n in ("first", "second") for p in PARTS]
    assert set(keys) == {*(f"{n}.{p}" for n in ("input", "output") for p in PARTS), *blocks}


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_without_labels_the_numbers_of_a_seed_are_those_of_the_layers_in_order(kind):
    torch.manual_seed(3)
    network = kind(**SHAPE)
    after = torch.rand(3)
    torch.manual_seed(3)
    for name, parameter in network.named_parameters():
        if name.endswith("weight"):
            inputs = parameter[0].numel() + (parameter.numel() // parameter.shape[-1])
            gain = 4 if name.startswith("blocks") else 2
            vocabulary = "input.weight" if kind is Critic else "output.weight"
            gain = 4 if name == vocabulary else gain
            most = math.sqrt(gain / inputs) * math.sqrt(3)
            expected = torch.empty(parameter.shape).uniform_(-most, most)
            assert torch.equal(parameter, expected), name
    assert torch.equal(torch.rand(3), after)


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_a_network_with_labels_begins_with_the_first_layer_of_one_without(kind):
    torch.manual_seed(3)
    without = kind(**SHAPE)
    torch.manual_seed(3)
    with_them = kind(**SHAPE, labels=LABELS)
    assert torch.equal(with_them.input.weight, without.input.weight)
    assert not torch.equal(with_them.output.weight, without.output.weight)


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_who_is_told_no_label_adds_nothing(kind):
    network = prepared(kind)
    x = torch.randint(0, VOCAB, (5, LENGTH))
    if kind is Generator:
        x = torch.randn(5, network.latent, dtype=torch.float64)
    plain = network(x)
    assert not torch.allclose(network(x, labels=OF_EACH), plain)
    with torch.no_grad():
        network.label.zero_()
    torch.testing.assert_close(network(x, labels=OF_EACH), plain)
    unlabelled = kind(**SHAPE, **({"latent": network.latent} if kind is Generator else {})).double()
    state = {name: value for name, value in network.state_dict().items() if name != "label"}
    unlabelled.load_state_dict(state)
    assert torch.equal(unlabelled(x), plain)
    assert torch.equal(unlabelled(x, labels=OF_EACH), plain)


def test_to_begin_with_a_label_moves_the_first_layer_as_far_as_its_input_does():
    torch.manual_seed(0)
    shape = {"vocab": 50, "length": 16, "width": 32, "blocks": 1}
    generator = Generator(**shape, latent=64, labels=100)
    by_latent = generator.input(torch.randn(2000, 64)).detach().std()
    assert float(generator.label.detach().std()) == pytest.approx(float(by_latent), rel=0.03)
    critic = Critic(**shape, labels=500)
    assert float(critic.label.detach().std()) == pytest.approx(
        float(critic.input.weight.detach().std()), rel=0.03
    )
    assert critic.label.abs().max() <= math.sqrt(3 * 4 / (50 + 32))
    assert label_vectors(0, 3, 1.0) is None and label_vectors(2, 3, 1.0).requires_grad


@pytest.mark.parametrize("kind", [Generator, Critic])
def test_label_vectors_are_added_in_the_type_of_the_activations(kind):
    torch.manual_seed(0)
    network = kind(**SHAPE, labels=LABELS)
    x = torch.randint(0, VOCAB, (5, LENGTH)) if kind is Critic else torch.randn(5, network.latent)
    exact, fast = network(x, labels=OF_EACH), network(x, torch.bfloat16, OF_EACH)
    assert exact.dtype is fast.dtype is torch.float32 and not torch.equal(exact, fast)
    torch.testing.assert_close(fast, exact, rtol=0.05, atol=0.05)
