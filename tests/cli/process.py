"""`textgan` as a real process, and the files it reads."""

import subprocess
import sys


def textgan(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "textgan", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def write(path, lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
