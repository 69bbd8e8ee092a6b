"""`textgan` as a real process, and the files it reads."""

import subprocess
import sys


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
