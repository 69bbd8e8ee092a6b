"""`python -m textgan …`, which is also what torchrun starts."""

import sys

from textgan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
