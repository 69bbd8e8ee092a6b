"""Freed memory that is kept is there again without a page fault."""

import platform
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from textgan.networks.memory import KEPT, MMAP_THRESHOLD, TRIM_THRESHOLD, keep_with

PROGRAM = """
import ctypes, resource, torch
from textgan.networks.memory import LARGEST_BLOCKS, MMAP_THRESHOLD, keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.empty(48 * 2**18).fill_(1)  # 48 MiB: more than glibc ever keeps unasked
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
given_back = faults()
keep_freed_memory()
faults()
print(given_back, faults(), ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGEST_BLOCKS[0]))
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library's ways are its own"
)
def test_kept_memory_is_not_fetched_again():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True
    )
    given_back, kept, takes_so_much = map(int, done.stdout.split())
    if not takes_so_much:
        pytest.skip("this C library keeps no block of 48 MiB")
    assert given_back > 400 and kept < given_back / 10  # 400: were pages huge


@pytest.mark.parametrize(
    ("largest", "set_to"),
    [
        (2**63, [(MMAP_THRESHOLD, 2**26), (TRIM_THRESHOLD, KEPT)]),
        (2**25, [(MMAP_THRESHOLD, 2**25), (TRIM_THRESHOLD, KEPT)]),  # glibc 2.31
        (0, []),
    ],
)
def test_a_c_library_that_refuses_a_size_is_asked_for_less(largest, set_to):
    taken = []

    def mallopt(parameter, value):
        if parameter == MMAP_THRESHOLD and value > largest:
            return 0
        taken.append((parameter, value))
        return 1

    keep_with(mallopt)
    assert taken == set_to
