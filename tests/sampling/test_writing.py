"""What samples are, whoever writes them: one thread, several, or all at one pass."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.sampling.noise import CHUNK, Asked, chunks_of, noises
from textgan.sampling.writing import FEW, FEWER_NUMBERS, SHARED, drawn, passes, passes_of, write

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def written(generator, asked, critic=None, chunks=None):
    found = list(passes(generator, critic, asked, chunks or chunks_of(asked.n), scored=True))
    return [torch.cat(kind) for kind in zip(*found, strict=True)]


def model(width):
    torch.manual_seed(0)
    return Generator(vocab=7, length=16, width=width, blocks=1, latent=6)


@given(st.sampled_from([(4, 3), (16, 16), (64, 16), (64, 64), (512, 32)]), st.data())
def test_a_pass_follows_from_any_chunk_in_it(shape, data):
    width, length = shape
    with torch.device("meta"):
        generator = Generator(vocab=5, length=length, width=width, blocks=1, latent=4)
    generator.output.weight = torch.nn.Parameter(torch.empty(5, width))  # of a processor
    chunk = data.draw(st.integers(0, 10**6))
    count = data.draw(st.integers(0, 99))
    found = list(passes_of(generator, range(chunk, chunk + count)))
    assert [a.stop for a in found[:-1]] == [b.start for b in found[1:]]
    for one in found:
        assert list(passes_of(generator, range(one[-1], one[-1] + 1))) == [one]
        assert len(one) == 1 or (len(one) * 4 <= one.start and len(one) <= FEW)
    if count:
        assert chunk in found[0] and chunk + count - 1 in found[-1]
    assert {len(one) for one in found} <= {1} or width * length <= FEWER_NUMBERS // CHUNK // 2


@pytest.mark.parametrize("width", [8, 64])
def test_any_number_of_threads_writes_the_same(width, threads):
    generator, asked = model(width), Asked(18 * CHUNK + 5, seed=2, temperature=0.7)
    threads(1)
    expected = written(generator, asked)
    assert [len(kind) for kind in expected] == [asked.n] * 2
    for count in (2, 3):
        threads(count)
        assert all(map(torch.equal, written(generator, asked), expected))
        assert torch.get_num_threads() == count


@pytest.mark.parametrize("width", [8, 64, SHARED])
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_written_does_not_depend_on_what_else_is(width, count, threads):
    threads(count)
    # At width 8 the last pass is of four chunks, of which the first and the last are not asked for.
    generator, asked = model(width), Asked(18 * CHUNK + 5, seed=2)
    whole = written(generator, asked)
    first = written(generator, Asked(CHUNK - 3, seed=2))
    share = written(generator, asked, chunks=range(3, 10))
    last = written(generator, asked, chunks=range(17, 19))
    for kind, *parts in zip(whole, first, share, last, strict=True):
        for part, start in zip(parts, (0, 3 * CHUNK, 17 * CHUNK), strict=True):
            assert len(part) and torch.equal(part, kind[start : start + len(part)])
        assert len(kind) == asked.n == 17 * CHUNK + len(parts[-1])


def test_any_number_of_threads_has_the_critic_choose_the_same(threads):
    generator = model(16)
    critics = Critics([Critic(vocab=7, length=16, width=16, blocks=1) for _ in range(2)])
    asked = Asked(2 * CHUNK + 1, seed=2, best_of=3)
    threads(1)
    expected = written(generator, asked, critics)
    threads(3)
    assert all(map(torch.equal, written(generator, asked, critics), expected))
    assert not torch.equal(written(generator, Asked(asked.n, seed=2))[0], expected[0])


def test_who_stops_early_or_fails_has_the_threads_of_before(threads):
    generator = model(8)
    threads(3)
    begun = passes(generator, None, Asked(99 * CHUNK), range(99), scored=False)
    assert len(next(begun)[0]) == CHUNK
    begun.close()
    assert torch.get_num_threads() == 3
    generator.output.weight = None  # nothing can be written with that
    with pytest.raises(AttributeError):
        next(passes(generator, None, Asked(9), range(1), scored=False))
    assert torch.get_num_threads() == 3


LAST = 1 - 2**-24
"""The largest of float32's uniform numbers."""


@pytest.mark.parametrize(("vocab", "temperature"), [(5, 1.0), (40, 0.5), (5000, 2.0)])
def test_symbols_come_as_often_as_the_softmax_has_it(vocab, temperature):
    rows = 100_000
    scores = 2 * torch.randn(vocab, generator=torch.Generator().manual_seed(0))
    expected = rows * torch.softmax(scores.double() / temperature, -1)
    uniform = torch.rand(rows, generator=torch.Generator().manual_seed(1))
    found = torch.cat([drawn(scores.repeat(len(u), 1), temperature, u) for u in uniform.split(500)])
    times = torch.bincount(found, minlength=vocab)
    often = expected >= 5
    deviation = ((times - expected)[often] ** 2 / expected[often]).sum().item()
    degrees = int(often.sum()) - 1
    assert abs(deviation - degrees) < 4 * math.sqrt(2 * degrees)  # of chi-square
    assert times[~often].sum().item() == pytest.approx(
        expected[~often].sum().item(), rel=0.1, abs=9
    )


@given(
    st.lists(st.floats(-200, 200, width=32), min_size=1, max_size=70),
    st.sampled_from([0.0, 2**-24, 0.5, LAST]) | st.floats(0, LAST, width=32),
    st.sampled_from([1e-3, 0.7, 1.0, 50.0]),
)
def test_a_number_finds_the_symbol_within_whose_share_it_lies(scores, uniform, temperature):
    given_scores = torch.tensor([scores])
    shares = torch.softmax(given_scores.double() / temperature, -1)[0]
    found = drawn(given_scores, temperature, torch.tensor([uniform])).item()
    upto = shares.cumsum(-1)[found].item()
    assert shares[found] > 0 and upto - shares[found] - 1e-5 <= uniform <= upto + 1e-5


def test_the_largest_number_finds_a_symbol_where_the_shares_end_below_one():
    scores = torch.randn(200, 5000, generator=torch.Generator().manual_seed(0))
    short = torch.softmax(scores, -1).cumsum(-1)[:, -1] <= LAST
    assert short.any()
    found = drawn(scores, 1.0, torch.full((200,), LAST))
    assert found.max() < 5000 and found[short].min() > 4900


def test_symbols_of_no_probability_are_never_drawn():
    scores = torch.full((3, 9), -math.inf)
    scores[:, 2], scores[:, 5] = 0.3, 0.1
    at_ends = drawn(scores, 1.0, torch.tensor([0.0, LAST, 0.5]))
    assert at_ends.tolist() == [2, 5, 2]


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(5e-324, [1, 1]), (1e-6, [1, 1]), (1e30, [0, 3]), (math.inf, [0, 3])],
)
def test_from_the_coldest_to_the_hottest(temperature, expected):
    scores = torch.tensor([[0.1, 700.0, -3.0, 0.0]]).repeat(2, 1)
    assert drawn(scores, temperature, torch.tensor([0.1, 0.9])).tolist() == expected


def test_scores_are_of_the_softmax_without_temperature():
    generator = model(8)
    for temperature in (0.0, 0.5):
        symbols, scores = written(generator, Asked(40, seed=3, temperature=temperature))
        (latents, *_), *_ = noises(generator, Asked(40, seed=3), range(1), [range(1)], 0)
        with torch.no_grad():
            likely = generator.logits(latents[:40]).log_softmax(-1) / math.log(2)
        expected = likely.gather(-1, symbols[..., None]).squeeze(-1).mean(-1)
        torch.testing.assert_close(scores, expected)


def test_each_position_has_a_number_of_its_own_whatever_is_drawn_together():
    torch.manual_seed(0)
    generator = Generator(vocab=5000, length=4, width=8, blocks=1, latent=6)
    latents, uniform = torch.randn(60, 6), torch.rand(60, 4)
    assert len(list(generator.slabs(latents))) > 2
    symbols, _ = write(generator, latents, 0.7, uniform)
    with torch.no_grad():
        logits = generator.logits(latents).flatten(0, 1)
    assert torch.equal(symbols.flatten(), drawn(logits, 0.7, uniform.flatten()))


def test_a_gpu_begins_with_its_longest_pass():
    with torch.device("meta"):  # as on any device that is no processor
        generator = Generator(vocab=5, length=16, width=64, blocks=1, latent=4)
    assert list(passes_of(generator, range(1))) == [range(64)]
    expected = [range(64, 128), range(128, 192)]
    assert list(passes_of(generator, range(70, 129))) == expected
    with torch.device("meta"):
        generator = Generator(vocab=50_000, length=16, width=64, blocks=1, latent=4)
    assert list(passes_of(generator, range(1))) == [range(1)]
