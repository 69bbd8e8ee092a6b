"""`textgan` as a real process, and the files it reads."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest


def textgan(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "textgan", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=env,
    )


def write(path, lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def on_a_terminal(stream, *command):
    """What a terminal is sent by a process whose `stream`, "stdout" or "stderr", it is."""
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, env=environment, **{stream: theirs}) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end of a terminal whose other side is closed
            while block := os.read(ours, 65_536):
                shown += block
    os.close(ours)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")
