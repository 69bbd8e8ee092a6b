"""textgan: learn to write short sequences of symbols with adversarial networks."""

__version__ = "0.1.0"
