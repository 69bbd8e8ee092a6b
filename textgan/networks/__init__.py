"""Tensors in, tensors out; knows no text."""
