"""A guard around one input: only textgan's own errors, in five seconds, and nothing else touched.

`examples(n)` is a hypothesis profile of `n` inputs; the environment variable TEXTGAN_FUZZ
multiplies it for the long run, and TEXTGAN_FUZZ_LOG names a file that gets a line an input: its
processor time and the name of the test.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from textgan.errors import TextganError

MOST_SECONDS = 5  # of the processor's time, so that a busy machine hangs no test
TIMES = int(os.environ.get("TEXTGAN_FUZZ", "1"))
LOG = os.environ.get("TEXTGAN_FUZZ_LOG")

# Audit events of Python that change files, run something or talk to somebody.
CHANGES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "shutil.rmtree", "shutil.move", "shutil.copyfile",
}  # fmt: skip
NEVER = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.find_class",
    "socket.connect", "socket.getaddrinfo", "urllib.Request", "marshal.loads",
}  # fmt: skip


class Watch:
    """What happens while it is on, and should not."""

    def __init__(self):
        self.roots, self.seen = None, []
        sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        if self.roots is None:
            return
        if event in NEVER and not (event == "marshal.loads" and importing()):
            self.seen.append((event, str(arguments)[:200]))
        elif event in CHANGES or (event == "open" and writes(arguments)):
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                path = os.fsdecode(path)
                if event in ("os.remove", "os.rmdir") and arguments[1] >= 0:  # relative to a folder
                    path = os.path.join(os.readlink(f"/proc/self/fd/{arguments[1]}"), path)
                stands = event == "os.mkdir" and os.path.isdir(path)  # so that nothing is made
                if not stands and not self.inside(path):
                    self.seen.append((event, path))

    def inside(self, path):
        path = os.path.realpath(path)
        return path == os.devnull or any(path.startswith(root + os.sep) for root in self.roots)


def writes(arguments):
    _, mode, flags = arguments
    if importing():
        return False  # a module's compiled form
    return any(letter in (mode or "") for letter in "wax+") or bool(
        (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    )


def importing():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


WATCH = Watch()


@contextmanager
def guarded(*roots):
    """Let pass what may happen: an end, or an error of textgan's own in a line or two."""

    def hang(number, frame):
        raise AssertionError(f"took more than {MOST_SECONDS} s of the processor")

    WATCH.roots = [os.path.realpath(root) for root in roots]
    WATCH.seen = []
    before = signal.signal(signal.SIGVTALRM, hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    began = time.process_time()
    try:
        yield
    except TextganError as error:
        assert str(error).count("\n") <= 1, str(error)
        str(error).encode(errors="strict") if str(error).isprintable() else None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        WATCH.roots = None
        if LOG:
            test = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[-1]
            with Path(LOG).open("a") as log:
                log.write(f"{time.process_time() - began:.4f} {test}\n")
    assert not WATCH.seen, WATCH.seen


def examples(count):
    """So many inputs, times TEXTGAN_FUZZ."""
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        derandomize=TIMES == 1,  # the default suite is the same for everybody
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make small takes minutes here
    )
