"""Reads the text format 0.0.4, by its description in Prometheus's documentation ("Exposition formats"): for
comparing only, and strict, so that whatever Prometheus would refuse is refused here as well. It reads no types,
help or timestamps.
"""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text, number=float):
    """Values by (name, frozenset of (label, value)); `number` makes them of words."""
    series = {}
    # Not splitlines(): that would also split at characters that are ordinary in a label.
    *lines, last = text.split("\n")
    assert last == "", "the last line does not end"
    for line in lines:
        if line.startswith("#") or not line:
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, f"not a sample: {line!r}"
        name, inside, value = sample.groups()
        key = (name, frozenset(labels(inside or "")))
        assert key not in series, f"twice: {line!r}"
        series[key] = number(value)
    return series


def exact(word):
    """Whole numbers whole: a float knows no more than 53 bits of them."""
    return int(word) if re.fullmatch(r"-?\d+", word) else float(word)


def labels(inside):
    at, found = 0, {}
    while at < len(inside):
        label = LABEL.match(inside, at)
        assert label, f"not a label: {inside[at:]!r}"
        name, value = label.groups()
        assert name not in found, f"twice: {name}"
        found[name] = re.sub(r"\\.", lambda escape: ESCAPES[escape.group()], value)
        at = label.end()
    return found.items()
