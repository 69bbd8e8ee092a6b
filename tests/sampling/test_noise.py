"""Noise of samples, drawn at once or by threads ahead of the networks."""

import pytest
import torch

from textgan.errors import InputError
from textgan.networks.generator import Generator
from textgan.sampling.noise import CHUNK, Asked, chunks_of, lagging, latents_of, noises, numbers_of
from textgan.training.draws import SAMPLE_LATENT, SAMPLE_SYMBOL, noise

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

GENERATOR = Generator(vocab=5, length=3, width=4, blocks=1, latent=6)


def test_every_chunk_is_drawn_by_its_number_alone():
    asked = Asked(9 * CHUNK, seed=3, best_of=2)
    drawn = list(noises(GENERATOR, asked, range(1, 3), [range(2), range(2, 5)], threads=0))
    assert [len(found.latents) for found in drawn] == [2 * CHUNK, 2 * CHUNK, 3 * CHUNK, 3 * CHUNK]
    first, _, last, _ = (found.latents for found in drawn)
    assert torch.equal(first[CHUNK:], latents_of(GENERATOR, 3, 1)) and not first[:CHUNK].any()
    assert torch.equal(last[:CHUNK], latents_of(GENERATOR, 3, 2)) and not last[CHUNK:].any()
    assert not torch.equal(drawn[0][0], drawn[1][0])  # the second try
    assert all(found.uniform is found.labels is None for found in drawn)


def test_threads_draw_the_same():
    asked = Asked(9 * CHUNK, seed=1, temperature=0.5, truncation=0.7, best_of=2)
    passes = [range(0, 4), range(4, 8), range(8, 9)]
    here = list(noises(GENERATOR, asked, range(2, 9), passes, threads=0))
    there = list(noises(GENERATOR, asked, range(2, 9), iter(passes), threads=3))
    assert len(here) == len(there) == 6
    for a, b in zip(here, there, strict=True):
        assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])
        assert a[0].abs().max() <= 0.7 and 0 <= a[1].min() <= a[1].max() < 1
        assert a[1].shape == (len(a[0]), 3)


@pytest.mark.parametrize("behind", [0, 1, 3, 99])
def test_what_lags_comes_in_order(behind):
    begun, seen = [], []

    def numbers():
        for number in range(10):
            begun.append(number)
            yield lambda number=number: number

    for number in lagging(numbers(), behind):
        seen.append(number)
        assert len(begun) == min(number + behind + 1, 10)
    assert seen == list(range(10))


def test_processes_share_chunks_without_gap_or_overlap():
    for n in (0, 1, CHUNK, 10 * CHUNK + 1):
        shares = [chunks_of(n, rank, 3) for rank in range(3)]
        assert [chunk for share in shares for chunk in share] == list(chunks_of(n))
        assert [line for share in shares for line in numbers_of(n, share)] == list(range(n))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"n": -1}, "n is -1"),
        ({"n": 1, "best_of": 0}, "best_of is 0"),
        ({"n": 3.0}, "n is 3.0"),
        ({"n": "3"}, "n is '3'"),
        ({"n": 1, "seed": None}, "seed is None"),
        ({"n": 1, "best_of": 2.0}, "best_of is 2.0"),
        ({"n": 1, "temperature": "1"}, "temperature is '1'"),
        ({"n": 1, "truncation": "1"}, "truncation is '1'"),
        ({"n": 1, "truncation": 0.0}, "truncation is 0.0"),
        ({"n": 1, "truncation": float("nan")}, "truncation is nan"),
        ({"n": 1, "temperature": -0.5}, "temperature is -0.5"),
        ({"n": 1, "temperature": float("nan")}, "temperature is nan"),
    ],
)
def test_what_means_nothing_is_refused(value, words):
    with pytest.raises(InputError, match=words):
        Asked(**value)


def test_truncated_latents_are_normal_within_their_limit():
    from scipy.stats import kstest, truncnorm

    asked = Asked(8 * CHUNK, seed=2)
    plain, cut = (
        next(noises(GENERATOR, given, range(8), [range(8)], threads=0)).latents
        for given in (asked, Asked(8 * CHUNK, seed=2, truncation=0.9))
    )
    # Nothing is drawn anew: what was larger stays larger.
    assert cut.flatten()[plain.flatten().argsort()].diff().min() > -1e-4
    assert kstest(cut.flatten().numpy(), truncnorm(-0.9, 0.9).cdf).pvalue > 0.001


def test_the_tries_of_a_chunk_have_numbers_of_their_own():
    asked = Asked(2 * CHUNK, seed=3, temperature=1.0, best_of=3)
    drawn = list(noises(GENERATOR, asked, range(1, 2), [range(1, 2)], threads=0))
    shapes = (CHUNK, 6), (CHUNK, 3)
    purposes = SAMPLE_LATENT, SAMPLE_SYMBOL
    for attempt, found in enumerate(drawn):
        for kind, shape, purpose in zip(found[:2], shapes, purposes, strict=True):
            wanted = noise(shape, 3, 1, purpose + (attempt << 32), purpose == SAMPLE_SYMBOL)
            assert torch.equal(kind, wanted)
    # The latents of another try do not begin where the symbols of the first one do.
    assert not torch.equal(drawn[1][0], noise((CHUNK, 6), 3, 1, SAMPLE_SYMBOL, False))
    assert (SAMPLE_LATENT, SAMPLE_SYMBOL, CHUNK) == (0, 1, 256)  # or old seeds write other lines
