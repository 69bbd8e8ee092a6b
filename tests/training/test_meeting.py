"""Processes that meet find those of their own attempt, whatever earlier ones left behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from torch.distributed import HashStore

from textgan.training import meeting
from textgan.training.meeting import agree


@pytest.fixture
def store():
    store = HashStore()
    store.set_timeout(timedelta(seconds=20))
    return store


def attempt(store, count, order):
    """What each process of an attempt learns, begun in this order."""
    with ThreadPoolExecutor(count) as pool:
        return {future.result() for future in [pool.submit(agree, store, r, count) for r in order]}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_attempt_has_one_name_of_its_own(store, count):
    attempts = [attempt(store, count, order) for order in [range(count), range(count)[::-1]] * 4]
    assert all(len(names) == 1 for names in attempts)
    assert len(set.union(*attempts)) == len(attempts)


def test_who_died_while_others_met_is_not_waited_for(store):
    store.set("here/1", "left by one that died before the first process came")
    assert len(attempt(store, 3, [0, 2, 1])) == 1


def test_the_first_process_does_not_wait_for_ever(store, monkeypatch):
    monkeypatch.setattr(meeting, "PATIENCE", timedelta(seconds=0.1))
    store.set("here/1", "left by one that died")
    with pytest.raises(RuntimeError, match="process 1 of 2 did not come"):
        agree(store, 0, 2)
