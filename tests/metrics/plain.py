"""Slow and plain references for the tests: each a few lines that can be checked by eye."""

from collections import Counter
from math import log2


def grams(line, n):
    return [tuple(line[i : i + n]) for i in range(len(line) - n + 1)]


def counts(lines, n, split=list):
    return Counter(gram for line in lines for gram in grams(split(line), n))


def js(a, b):
    total_a, total_b = sum(a.values()), sum(b.values())
    value = 0.0
    for gram in a.keys() | b.keys():
        p, q = a[gram] / total_a, b[gram] / total_b
        m = (p + q) / 2
        value += (p * log2(p / m) if p else 0) / 2 + (q * log2(q / m) if q else 0) / 2
    return value
