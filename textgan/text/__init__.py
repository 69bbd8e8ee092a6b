"""Text in, integers out; knows no torch."""
