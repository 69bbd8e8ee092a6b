"""`python cli.py …` does what `textgan …` does, from a checkout that is not installed."""

import sys

from textgan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
