"""What counts as memory that ran out."""

import errno

import pytest

from textgan.errors import out_of_memory


@pytest.mark.parametrize(
    ("error", "ran_out"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError("Cannot allocate memory (os error 12)"), True),  # safetensors 0.5 to 0.7
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (ImportError("libtorch.so: failed to map segment from shared object"), True),
        (OSError(errno.ENOENT, "No such file or directory", "out of memory.txt"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("shape mismatch"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_failures(error, ran_out):
    assert out_of_memory(error) is ran_out
