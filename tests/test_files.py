import os
import shutil
import stat
import threading

import pytest

from textgan.files import new_folder, refuse_detours, write_text


@pytest.fixture
def held_open(monkeypatch):
    """Windows' answer to the first renames: `held_open(times, number)`."""
    rename = os.replace

    def hold(times, number):
        left = [times]

        def replace(old, new):
            if left[0]:
                left[0] -= 1
                error = PermissionError(13, "in use")
                error.winerror = number
                raise error
            rename(old, new)

        monkeypatch.setattr(os, "replace", replace)
        return left

    return hold


@pytest.mark.parametrize("number", [5, 32])
def test_what_is_held_open_for_a_moment_is_waited_for(tmp_path, held_open, number):
    held_open(3, number)
    write_text(tmp_path / "a", "whole")
    assert (tmp_path / "a").read_text() == "whole"
    held_open(2, number)
    with new_folder(tmp_path / "b") as aside:
        (aside / "c").write_text("whole")
    assert (tmp_path / "b" / "c").read_text() == "whole"


def test_other_failures_are_not_waited_for(tmp_path, held_open):
    left = held_open(1, None)
    with pytest.raises(PermissionError):
        write_text(tmp_path / "a", "whole")
    assert left == [0] and not list(tmp_path.iterdir())


def test_nothing_is_waited_for_longer_than_a_moment(tmp_path, held_open, monkeypatch):
    monkeypatch.setattr("textgan.files.PATIENCE", 0.1)
    held_open(1000, 32)
    with pytest.raises(PermissionError):
        write_text(tmp_path / "a", "whole")


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
def test_a_file_that_is_replaced_keeps_whom_it_was_for(tmp_path):
    write_text(tmp_path / "a", "old")
    (tmp_path / "a").chmod(0o600)
    write_text(tmp_path / "a", "new")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "a").symlink_to("b")  # what a link leads to is another file, and stays
    write_text(tmp_path / "a", "newer")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o044 == 0o044 & ~_umask()
    assert (tmp_path / "b").read_text() == "new"


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_folders_that_go_meanwhile_are_passed_over(tmp_path):
    """As a trainer's old states do while its run is read."""
    done = threading.Event()

    def come_and_go():
        while not done.is_set():
            (tmp_path / "checkpoints" / "new" / "deep").mkdir(parents=True)
            shutil.rmtree(tmp_path / "checkpoints")

    trainer = threading.Thread(target=come_and_go)
    trainer.start()
    try:
        for _ in range(2_000):
            refuse_detours(tmp_path, ("checkpoints",))
    finally:
        done.set()
        trainer.join()


@pytest.fixture
def handed_over(monkeypatch):
    """Inodes in the order in which they are handed over to the disk and renamed."""
    done, fsync, rename = [], os.fsync, os.replace

    def sync(descriptor):
        fsync(descriptor)
        done.append(("sync", os.fstat(descriptor).st_ino))

    def replace(old, new):
        number = os.lstat(old).st_ino
        rename(old, new)
        done.append(("rename", number))

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    return done


@pytest.mark.skipif(os.name == "nt", reason="Windows hands over no folders")
@pytest.mark.parametrize("standing", [False, True])
def test_a_file_is_on_the_disk_before_its_name_is_and_its_name_after(
    tmp_path, handed_over, standing
):
    file = tmp_path / "a"
    if standing:
        file.write_text("old")
    write_text(file, "new")
    number = file.stat().st_ino
    home = tmp_path.stat().st_ino
    assert handed_over == [("sync", number), ("rename", number), ("sync", home)]


@pytest.mark.skipif(os.name == "nt", reason="Windows hands over no folders")
@pytest.mark.parametrize("standing", [False, True])
def test_a_folder_is_on_the_disk_before_its_name_is_and_its_name_after(
    tmp_path, handed_over, standing
):
    folder, before = tmp_path / "folder", []
    if standing:
        folder.mkdir()
        before = [("rename", folder.stat().st_ino)]
    with new_folder(folder) as aside:
        (aside / "a").write_text("one")
        (aside / "b").write_text("two")
        assert handed_over == []
    files = {("sync", (folder / name).stat().st_ino) for name in "ab"}
    number = folder.stat().st_ino
    assert set(handed_over[:2]) == files
    names = [*before, ("rename", number), ("sync", tmp_path.stat().st_ino)]
    assert handed_over[2:] == [("sync", number), *names]
