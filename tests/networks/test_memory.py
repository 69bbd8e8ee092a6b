"""Freed memory that is kept is there again without a page fault."""

import platform
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROGRAM = """
import resource, torch
from textgan.networks.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.empty(48 * 2**18).fill_(1)  # 48 MiB: more than glibc ever keeps unasked
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
given_back = faults()
keep_freed_memory()
faults()
print(given_back, faults())
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library's ways are its own"
)
def test_kept_memory_is_not_fetched_again():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True
    )
    given_back, kept = map(int, done.stdout.split())
    assert given_back > 400 and kept < given_back / 10  # 400: were pages huge
