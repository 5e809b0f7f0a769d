"""Reads what telegraf's parsers read, by their descriptions: InfluxDB's documentation ("Line protocol") and Graphite's
("The plaintext protocol"). For comparing only, and strict: what those documents do not allow is refused, and of what
they allow only numbers and strings are known, as the old script never printed anything else.
"""

import re

# A backslash before a comma, a space or an equals sign makes it part of a name; elsewhere it is itself.
NAME = r"(?:[^,= \n\\]|\\[,= ]|\\(?![,= ]))+"
MEASUREMENT = r"(?:[^, \n\\]|\\[, ]|\\(?![, ]))+"
VALUE = r'-?\d+i|-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|"(?:[^"\\]|\\.)*"'
POINT = re.compile(rf"({MEASUREMENT})((?:,{NAME}={NAME})*) ({NAME}=(?:{VALUE})(?:,{NAME}=(?:{VALUE}))*)(?: (-?\d+))?",
                   re.DOTALL)
TAG = re.compile(rf",({NAME})=({NAME})")
FIELD = re.compile(rf"({NAME})=({VALUE})(?:,|$)", re.DOTALL)
# Words between dots, of what carbon stores as names of files.
PATH = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def influx(text):
    """A list of (measurement, tags, fields, timestamp or None)."""
    points = []
    for line in lines(text):
        point = POINT.fullmatch(line)
        assert point, f"not line protocol: {line!r}"
        measurement, tags, fields, at = point.groups()
        assert not measurement.startswith("#") and not measurement.startswith("_"), line
        pairs = [(plain(key), plain(value)) for key, value in TAG.findall(tags)]
        values = [(plain(key), value_of(value)) for key, value in FIELD.findall(fields)]
        for names in (pairs, values):
            assert len(dict(names)) == len(names), f"twice: {line!r}"
            assert not any(name.startswith("_") or name == "time" for name, _ in names), f"reserved: {line!r}"
        points.append((plain(measurement), dict(pairs), dict(values), int(at) if at else None))
    return points


def graphite(text):
    """Values by path, and the one moment that they are all of."""
    values, moments = {}, set()
    for line in lines(text):
        words = line.split(" ")
        assert len(words) == 3, f"not three words: {line!r}"
        path, value, at = words
        assert PATH.fullmatch(path) and NUMBER.fullmatch(value) and at.isascii() and at.isdigit(), line
        assert path not in values, f"twice: {path}"
        values[path] = float(value)
        moments.add(int(at))
    assert len(moments) == 1, moments
    return values, moments.pop()


def lines(text):
    *whole, last = text.split("\n")
    assert last == "" and whole, "the last line does not end"
    return whole


def plain(name):
    return re.sub(r"\\([,= ])", r"\1", name)


def value_of(text):
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)
