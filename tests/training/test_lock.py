"""What `tests/faults/test_two_trainers.py` cannot bring about."""

import io

import portalocker
import pytest

from textgan.errors import InputError, WorldError
from textgan.training import lock
from textgan.training.lock import LOCK, locked


def test_a_file_system_that_cannot_lock_is_told(tmp_path, monkeypatch):
    def refuse(file, flags):
        raise portalocker.LockException("No locks available")

    monkeypatch.setattr(portalocker, "lock", refuse)
    with pytest.raises(WorldError, match=r"\.lock cannot be locked \(No locks available\)"):
        with locked(tmp_path / "run"):
            pass


def test_who_may_not_be_read_is_another_process(tmp_path, monkeypatch):
    class Unreadable(io.StringIO):
        def read(self, size=-1):
            raise PermissionError(13, "locked")

    assert lock._owner(Unreadable("process 7 on here")) == "another process"
    assert lock._owner(io.StringIO("process 7 on here")) == "process 7 on here"


def test_the_lock_goes_with_its_owner(tmp_path):
    with locked(tmp_path / "run") as check:
        check()
        assert (tmp_path / "run" / LOCK).exists()
        with pytest.raises(InputError, match="is being trained by"):
            with locked(tmp_path / "run"):
                pass
        check()
    assert not (tmp_path / "run").exists()
