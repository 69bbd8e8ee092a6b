"""What samples are, whoever writes them: one thread, several, or all at one chunk."""

import pytest
import torch

from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator
from textgan.sampling.noise import CHUNK, Asked, chunks_of
from textgan.sampling.writing import SHARED, passes

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def written(generator, asked, critic=None, chunks=None):
    found = list(passes(generator, critic, asked, chunks or chunks_of(asked.n), scored=True))
    return [torch.cat(kind) for kind in zip(*found, strict=True)]


def model(width):
    torch.manual_seed(0)
    return Generator(vocab=7, length=16, width=width, blocks=1, latent=6)


@pytest.mark.parametrize("width", [8, 64])
def test_any_number_of_threads_writes_the_same(width, threads):
    generator, asked = model(width), Asked(4 * CHUNK + 5, seed=2, temperature=0.7)
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
    generator, asked = model(width), Asked(4 * CHUNK + 5, seed=2)
    whole = written(generator, asked)
    first = written(generator, Asked(CHUNK - 3, seed=2))
    last = written(generator, asked, chunks=range(3, 5))
    for kind, of_first, of_last in zip(whole, first, last, strict=True):
        assert torch.equal(of_first, kind[: CHUNK - 3])
        assert torch.equal(of_last, kind[3 * CHUNK :])


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
