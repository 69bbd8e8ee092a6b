"""Text in, scores out; knows no torch."""
