"""`textgan` as real processes that start at once: a parent that has imported it forks them.

Most of the life of a small run in a process of its own is the import of torch, which writes
nothing. A fork has done that already, so that a kill at a random moment hits what is to be hit.
"""

import importlib
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a process ended: its status, or minus the signal that killed it, and what it said."""

    status: int
    out: str
    err: str


class Forks:
    """The parent, from the outside."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.parent = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def ask(self, **wish):
        self.parent.stdin.write(json.dumps(wish) + "\n")
        self.parent.stdin.flush()
        return json.loads(self.parent.stdout.readline())

    def start(self, *arguments, limits=None, env=None, before=""):
        """Begin `textgan ARGUMENTS`; returns a handle for `wait`, and the process number."""
        self.count += 1
        name = str(self.folder / str(self.count))
        for end in ("out", "err"):  # a kill may come before the child is so far
            Path(f"{name}.{end}").touch()
        pid = self.ask(
            arguments=[str(a) for a in arguments], name=name, limits=limits or {}, env=env or {},
            before=before,
        )  # fmt: skip
        return name, pid

    def wait(self, handle, timeout=120):
        """Until a process ends; one that takes too long is killed, and the test fails."""
        name, pid = handle
        until = time.monotonic() + timeout
        while (status := self.ask(poll=pid)) is None:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"hangs: {Path(name + '.err').read_text()}")
            time.sleep(0.005)
        return Ended(status, *(Path(f"{name}.{end}").read_text() for end in ("out", "err")))

    def run(self, *arguments, check=None, **options):
        ended = self.wait(self.start(*arguments, **options))
        if check is not None:
            assert ended.status == check, (arguments, ended)
        assert "Traceback" not in ended.err, ended.err
        return ended

    def alive(self, handle):
        """Whether it still runs: its state is told by the system without taking its status."""
        return Path(f"/proc/{handle[1]}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def killed(self, delay, *arguments, number=signal.SIGKILL, **options):
        """Run, and kill after `delay` seconds; whether it was still alive then."""
        handle = self.start(*arguments, **options)
        time.sleep(delay)
        os.kill(handle[1], number)  # one that has ended is kept until it is waited for
        ended = self.wait(handle)
        assert ended.status in (-number, 0), ended
        return ended.status == -number

    def close(self):
        self.parent.stdin.close()
        self.parent.wait(30)


def serve():
    """The parent: forks for each wish that comes in, tells how its children end."""
    # Python tells a lack of memory while it reads source as an error of syntax: all is read here.
    import textgan

    for module in pkgutil.walk_packages(textgan.__path__, "textgan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("rich.console", "rich.progress", "tomli_w"):  # what its functions import
        importlib.import_module(name)

    for text in sys.stdin:
        wish = json.loads(text)
        if "poll" in wish:
            pid, status = os.waitpid(wish["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                child(**wish)
        print(json.dumps(answer), flush=True)


def child(arguments, name, limits, env, before):
    """A process of its own: streams, limits, environment; then the command line."""
    from textgan.cli.main import main

    status = 70
    try:
        for end, number in (("out", 1), ("err", 2)):
            os.dup2(os.open(f"{name}.{end}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(env)
        for limit, value in limits.items():
            number = getattr(resource, f"RLIMIT_{limit}")
            if limit == "AS":  # over what is mapped already
                value += int(Path("/proc/self/statm").read_text().split()[0]) * 4096
            resource.setrlimit(number, (value, resource.getrlimit(number)[1]))
        exec(before, {})  # a fault that is put in before the command begins
        status = main(arguments)
    except SystemExit as error:
        status = error.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
