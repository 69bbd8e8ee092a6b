"""Labels of samples: drawn by their shares, and by nothing but a seed and the sample's number."""

import math

import pytest
import torch

from textgan.errors import InputError
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.sampling.choosing import best
from textgan.sampling.noise import CHUNK, Asked, chunks_of, labels_of, noises, shares_of
from textgan.sampling.writing import SHARED, passes, write
from textgan.training.draws import SAMPLE_LABEL, SAMPLE_LATENT, SAMPLE_SYMBOL, noise

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

SHARES = (3.0, 0.0, 5.0, 1.0)
HOT = 150.0
"""A temperature at which the lines of `model` differ from try to try."""


def model(width):
    """A generator whose lines tell their label: its symbol stands at every other position."""
    torch.manual_seed(0)
    generator = Generator(vocab=9, length=16, width=width, blocks=1, latent=6, labels=4)
    with torch.no_grad():
        generator.output.bias[:3] = -1e6  # no line ends early
        for label in range(4):
            generator.output.weight[5 + label].zero_()
            generator.output.weight[5 + label, label] = 50
            at = generator.label[label].view(16, width)[::2]
            at.zero_()
            at[:, label] = 50
    return generator


def told(symbols):
    """The labels that lines tell."""
    assert (symbols[:, ::2] == symbols[:, :1]).all()
    return symbols[:, 0] - 5


def drawn_labels(count, seed=0, shares=SHARES):
    return torch.cat([labels_of(shares, seed, chunk) for chunk in range(count)])


def written(generator, asked, critic=None, chunks=None):
    found = list(passes(generator, critic, asked, chunks or chunks_of(asked.n), scored=True))
    return [torch.cat(kind) for kind in zip(*found, strict=True)]


@pytest.mark.parametrize("temperature", [0.0, 0.5])
@pytest.mark.parametrize("width", [8, 64, SHARED])
def test_a_line_has_the_label_of_its_number_whatever_else_is_written(width, temperature, threads):
    threads(1)
    generator, n = model(width), 18 * CHUNK + 5
    asked = Asked(n, seed=2, temperature=temperature, shares=SHARES)
    whole = written(generator, asked)
    assert torch.equal(told(whole[0]), drawn_labels(19, seed=2)[:n])
    threads(2)
    again = written(generator, asked)
    first = written(generator, Asked(9, 2, temperature, shares=SHARES))
    share = written(generator, asked, chunks=range(3, 10))
    last = written(generator, asked, chunks=range(17, 19))
    for kind, *parts in zip(whole, again, first, share, last, strict=True):
        for part, start in zip(parts, (0, 0, 3 * CHUNK, 17 * CHUNK), strict=True):
            same = kind[start : start + len(part)]
            assert len(part)
            # All threads share what is this wide, and floats may end otherwise.
            if width < SHARED:
                assert torch.equal(part, same)
            else:
                assert (part - same).abs().max() < 1e-3
    if temperature:
        cold = written(generator, Asked(n, seed=2, shares=SHARES))
        assert torch.equal(told(cold[0]), told(whole[0])) and not torch.equal(cold[0], whole[0])


def test_labels_come_as_often_as_their_shares():
    chunks, total = 400, sum(SHARES)
    found = drawn_labels(chunks, seed=1)
    assert found.dtype is torch.int64 and len(found) == chunks * CHUNK
    times = torch.bincount(found, minlength=4).double()
    assert times[1] == 0
    expected = torch.tensor([SHARES[i] for i in (0, 2, 3)]).double() / total * len(found)
    deviation = ((times[[0, 2, 3]] - expected) ** 2 / expected).sum().item()
    assert deviation < 13.8  # chi-square of two degrees exceeds it once in a thousand
    # And within a chunk they are not in order, nor the same in the next.
    assert found[:CHUNK].diff().ne(0).float().mean() > 0.3
    assert not torch.equal(found[:CHUNK], found[CHUNK : 2 * CHUNK])
    assert not torch.equal(found[:CHUNK], labels_of(SHARES, 2, 0))


@pytest.mark.parametrize("shares", [(0.0, 1.0), (1.0, 0.0), (0.0, 2.0, 0.0), (0, 7, 0, 2**52, 0)])
def test_a_label_without_a_share_is_never_drawn(shares):
    found = drawn_labels(40, shares=shares)
    possible = {i for i, share in enumerate(shares) if share}
    assert set(found.tolist()) <= possible and int(found.max()) == max(possible)


def test_a_label_without_a_share_is_not_drawn_by_the_smallest_number_either():
    chunk, at = 31_567, 93
    assert noise((CHUNK,), 0, chunk, SAMPLE_LABEL, True)[at] == 0
    assert labels_of((0.0, 0.0, 1.0, 1.0), 0, chunk)[at] == 2
    assert labels_of((1.0, 1.0), 0, chunk)[at] == 0


def test_shares_of_any_sum_draw_the_same_labels():
    for times in (1 / 9, 2**20, 2**40):
        assert torch.equal(drawn_labels(9, shares=[s * times for s in SHARES]), drawn_labels(9))


def test_labels_are_drawn_with_numbers_of_their_own():
    """Told from the uniform numbers of the file's head: those below a label's upper end."""
    uniform = noise((CHUNK,), 4, 7, SAMPLE_LABEL, True)
    expected = (uniform >= 3 / 9).long() * 2 + (uniform >= 8 / 9).long()
    assert torch.equal(labels_of(SHARES, 4, 7), expected)
    assert SAMPLE_LABEL == 1 << 31  # or old seeds write other lines
    others = [SAMPLE_LATENT, SAMPLE_SYMBOL]
    others = [purpose + (attempt << 32) for purpose in others for attempt in range(9)]
    assert SAMPLE_LABEL not in others


def test_labels_leave_latents_and_symbols_as_they_are():
    generator = model(8)
    plain = Asked(3 * CHUNK, 5, temperature=0.5, truncation=0.9, best_of=2)
    asked = Asked(3 * CHUNK, 5, temperature=0.5, truncation=0.9, best_of=2, shares=SHARES)
    without, with_them = (
        list(noises(generator, each, range(3), [range(1), range(1, 3)], 0))
        for each in (plain, asked)
    )
    for a, b in zip(without, with_them, strict=True):
        assert torch.equal(a.latents, b.latents) and torch.equal(a.uniform, b.uniform)
        assert a.labels is None and len(b.labels) == len(b.latents)


@pytest.mark.parametrize("threads_that_draw", [0, 3])
def test_every_try_of_a_chunk_has_its_label_and_chunks_beside_have_none(threads_that_draw):
    asked = Asked(9 * CHUNK, seed=3, best_of=3, shares=SHARES)
    ways = [range(2), range(2, 5)]
    drawn = list(noises(model(8), asked, range(1, 4), ways, threads_that_draw))
    assert len(drawn) == 6
    of_chunk = [labels_of(SHARES, 3, chunk) for chunk in range(4)]
    none = torch.zeros(CHUNK, dtype=torch.int64)
    for attempt in range(3):
        assert torch.equal(drawn[attempt].labels, torch.cat([none, of_chunk[1]]))
        assert torch.equal(drawn[3 + attempt].labels, torch.cat([*of_chunk[2:], none]))
    assert not torch.equal(drawn[0].latents, drawn[1].latents)


def one_sided(vocab, length, symbol, label):
    """A critic that likes lines with much of a symbol under one label, and all under others."""
    critic = Critic(vocab=vocab, length=length, width=4, blocks=1, head="mean", labels=4)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        # Channel 0 tells the symbol by a one, and the block takes away what of it is above zero.
        # The label lowers it, to a zero and minus ones, of which the block takes nothing.
        critic.input.weight[0, symbol] = critic.output.weight[0, 0] = 1
        block = critic.blocks[0]
        block.scale = 1.0
        block.first.weight[1, 2, 0] = 1
        block.second.weight[0, 2, 1] = -1
        critic.label[label, 0] = -1
    return critic


def test_a_critic_that_likes_a_symbol_under_one_label_alone_chooses_it_there():
    critic = one_sided(7, 6, 5, 1)
    generator = torch.Generator().manual_seed(0)
    tries = [torch.randint(3, 7, (40, 6), generator=generator) for _ in range(4)]
    labels = torch.arange(40) % 2
    with torch.no_grad():
        judged = torch.stack([critic(symbols, labels=labels) for symbols in tries])
    counts = torch.stack([(symbols == 5).sum(1) for symbols in tries])
    assert not judged[:, ::2].any() and torch.equal(judged.argmax(0)[1::2], counts.argmax(0)[1::2])
    pairs = [(symbols.clone(), torch.full((40,), float(i))) for i, symbols in enumerate(tries)]
    symbols, taken = best(iter(pairs), Critics([critic]), labels)
    expected = torch.where(labels == 1, counts.argmax(0), 0)
    assert torch.equal(taken, expected.float()) and len(taken.unique()) == 4
    assert torch.equal(symbols, torch.stack(tries)[expected, torch.arange(40)])


@pytest.mark.parametrize("width", [16, SHARED])
@pytest.mark.parametrize("count", [1, 2])
def test_the_best_of_several_is_judged_by_the_label_that_it_was_written_for(width, count, threads):
    generator = model(width)
    critics = Critics(one_sided(9, 16, 4, 2) for _ in range(count))
    asked = Asked(2 * CHUNK + 1, seed=2, temperature=HOT, best_of=3, shares=SHARES)
    expected = drawn_labels(3, seed=2)[: asked.n]
    chosen, _ = written(generator, asked, critics)
    assert torch.equal(told(chosen), expected)
    noise_of = noises(generator, asked, range(3), [range(1), range(1, 2), range(2, 3)], 0)
    tries = [write(generator, t.latents, HOT, t.uniform, labels=t.labels)[0] for t in noise_of]
    tries = torch.stack([torch.cat(tries[i::3])[: asked.n] for i in range(3)])
    which = torch.where(expected == 2, (tries == 4).sum(-1).argmax(0), 0)
    assert len(which[expected == 2].unique()) == 3
    assert torch.equal(chosen, tries[which, torch.arange(asked.n)])
    threads(2)
    if width < SHARED:
        assert torch.equal(written(generator, asked, critics)[0], chosen)


def test_scores_are_of_the_softmax_under_the_label():
    torch.manual_seed(0)
    generator = Generator(vocab=9, length=16, width=8, blocks=1, latent=6, labels=4)
    asked = Asked(40, seed=3, shares=SHARES)
    symbols, scores = written(generator, asked)
    (latents, _, labels), *_ = noises(generator, asked, range(1), [range(1)], 0)
    with torch.no_grad():
        likely = generator.logits(latents[:40], labels=labels[:40]).log_softmax(-1) / math.log(2)
    expected = likely.gather(-1, symbols[..., None]).squeeze(-1).mean(-1)
    torch.testing.assert_close(scores, expected)


def test_shares_are_the_counts_or_all_of_one_label():
    counts = {"a": 3, "b": 0, "c": 5}
    assert shares_of(counts) == (3, 0, 5) and shares_of({}) == ()
    assert shares_of(counts, "a") == (1.0, 0.0, 0.0) and shares_of(counts, "c") == (0.0, 0.0, 1.0)
    assert set(drawn_labels(3, shares=shares_of(counts, "c")).tolist()) == {2}


@pytest.mark.parametrize(
    ("counts", "label", "words"),
    [
        ({}, "a", r"label is 'a' and this model knows none; leave it out"),
        ({"a": 3, "b": 0}, "b", r"label is 'b', and no training line had it"),
        ({"alpha": 3, "b": 1}, "alpa", r"unknown label 'alpa'; did you mean alpha\?"),
        ({"a": 3, "b": 1}, "", r"unknown label ''; there are: a, b"),
        ({"5": 3, "b": 1}, 5, r"label is 5; it must be a string"),
        ({"a": 3, "b": 1}, ["a"], r"label is \['a'\]; it must be a string"),
    ],
)
def test_a_label_that_is_none_is_refused(counts, label, words):
    with pytest.raises(InputError, match=words) as caught:
        shares_of(counts, label)
    assert "\n" not in str(caught.value)
