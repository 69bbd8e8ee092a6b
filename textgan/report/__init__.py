"""One page and its figures, out of what a run has written."""
